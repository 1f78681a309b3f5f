//! Numbers as people read them.

/// `1,234,567`
#[must_use]
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// `1,234 rows`, `1 row`
#[must_use]
pub(super) fn counted(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `12.3 MB`
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        if size < 999.5 {
            break;
        }
        size /= 1_000.0;
        unit = larger;
    }
    match unit {
        "B" => format!("{bytes} B"),
        _ if size < 9.95 => format!("{size:.1} {unit}"),
        _ => format!("{size:.0} {unit}"),
    }
}

/// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time that was measured")]
pub(super) fn time(seconds: f64) -> String {
    if seconds < 0.0005 {
        return "0 s".to_owned();
    }
    if seconds < 0.0995 {
        return format!("{:.0} ms", seconds * 1_000.0);
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
    }
}

/// Seconds of the unit in which an axis of time counts, so that its steps are whole ones.
#[must_use]
pub(super) fn unit(span: f64) -> f64 {
    match span {
        ..180.0 => 1.0,
        ..10_800.0 => 60.0,
        _ => 3_600.0,
    }
}

/// A place on an axis of time: `0`, `90 s`, `5 min`, `1:30 h`, as `span` suggests.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time that was measured")]
pub(super) fn moment(seconds: f64, span: f64) -> String {
    let whole = seconds.round() as u64;
    if whole == 0 && seconds < 0.05 {
        return "0".to_owned();
    }
    if span < 10.0 {
        return format!("{seconds:.1} s");
    }
    if span < 180.0 {
        return format!("{whole} s");
    }
    if span < 10_800.0 {
        return format!("{}:{:02} min", whole / 60, whole % 60);
    }
    format!("{}:{:02} h", whole / 3_600, whole % 3_600 / 60)
}

/// `37 %`, and `< 1 %` of what is there but little.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share in per cent")]
pub(super) fn share(part: u64, whole: u64) -> String {
    percent(part as f64, whole as f64)
}

/// The same of any measure.
#[must_use]
pub(super) fn percent(part: f64, whole: f64) -> String {
    if part <= 0.0 || whole <= 0.0 {
        return "0 %".to_owned();
    }
    match part * 100.0 / whole {
        share if share < 1.0 => "< 1 %".to_owned(),
        share => format!("{share:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_people_read_them() {
        let counts = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        counts.into_iter().for_each(|(number, told)| assert_eq!(count(number), told));
        let sizes = [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_600, "1.0 MB"), (123_456_789, "123 MB")];
        sizes.into_iter().for_each(|(number, told)| assert_eq!(bytes(number), told));
        let times = [
            (0.0, "0 s"),
            (0.012, "12 ms"),
            (0.42, "0.4 s"),
            (9.96, "10 s"),
            (59.6, "1 min 00 s"),
            (185.0, "3 min 05 s"),
            (7_620.0, "2 h 07 min"),
        ];
        times.into_iter().for_each(|(seconds, told)| assert_eq!(time(seconds), told));
        let shares = [(0, 10, "0 %"), (1, 1_000, "< 1 %"), (1, 3, "33 %"), (3, 0, "0 %")];
        shares.into_iter().for_each(|(part, whole, told)| assert_eq!(share(part, whole), told));
    }

    #[test]
    fn an_axis_of_time_has_the_units_of_its_span() {
        let cases = [
            (0.0, 5.0, "0"),
            (2.5, 5.0, "2.5 s"),
            (90.0, 120.0, "90 s"),
            (90.0, 600.0, "1:30 min"),
            (5_400.0, 20_000.0, "1:30 h"),
        ];
        cases.into_iter().for_each(|(seconds, span, told)| assert_eq!(moment(seconds, span), told));
    }
}
