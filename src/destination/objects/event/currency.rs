//! The currencies that there are. Which of them TikTok takes is a subset that no source lists [?] (docs/tiktok-api.md
//! 6.1); one that it does not take, it refuses itself.

/// ISO 4217, sorted, without metals, funds and codes for tests, each followed by a space.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ \
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN \
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD \
    TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG ";

/// Whether a code in capitals is a currency.
#[must_use]
pub(crate) fn exists(code: &str) -> bool {
    let (codes, _) = CODES.as_bytes().as_chunks::<4>();
    codes.binary_search_by(|[known @ .., _]| known.as_slice().cmp(code.as_bytes())).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_whole() {
        for code in ["USD", "EUR", "AED", "ZWG"] {
            assert!(exists(code), "{code}");
        }
        for code in ["", "US", "usd", "XXX", "D EU", "USDX"] {
            assert!(!exists(code), "{code}");
        }
        let all: Vec<&str> = CODES.split_ascii_whitespace().collect();
        assert!(all.is_sorted() && all.iter().all(|code| code.len() == 3 && exists(code)));
        assert_eq!(CODES.len(), all.len() * 4, "the search takes every fourth byte for a blank");
    }
}
