//! The yardstick: the same pages over the same HTTP library, thrown away as they come.

use simulator::TOKEN_GOOD;

use super::Result;

/// Gets every page that a file lists, one after the other.
pub(crate) fn run(url: &str, pages: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Fails only when a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build()?;
        for page in std::fs::read_to_string(pages)?.lines() {
            let mut answer =
                client.get(format!("{url}/open_api/v1.3{page}")).header("Access-Token", TOKEN_GOOD).send().await?;
            while answer.chunk().await?.is_some() {}
        }
        Ok(())
    })
}
