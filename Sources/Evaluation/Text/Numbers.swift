// Numbers as people read them, the same on every machine and in every locale.

extension Double {
    /// With this many digits after the point and without exponent; “–” if it is no finite number.
    package func fixed(_ digits: Int) -> String {
        guard isFinite else { return "–" }
        var power = 1.0
        for _ in 0..<digits { power *= 10 }
        let scaled = (magnitude * power).rounded()
        guard scaled < 1e15 else { return "\(self)" }
        let whole = Int(scaled) / Int(power)
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + "\(whole)" }
        let fraction = String(Int(scaled) % Int(power))
        return sign + "\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// The same without zeros at the end: as short as it can be.
    func trimmed(_ digits: Int) -> String {
        var text = fixed(digits)
        guard digits > 0, text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

/// A share in per cent, such as “92.4 %”; “–” where it is not defined.
///
/// Only a perfect share reads 100 %, and only none at all reads 0 %: what rounding would make so, is marked.
package func percent(_ share: Double?, digits: Int = 1) -> String {
    guard let share else { return "–" }
    return percentNumber(share, digits: digits) + " %"
}

/// The number of `percent` without its sign.
func percentNumber(_ share: Double, digits: Int = 1) -> String {
    let text = (100 * share).fixed(digits)
    let (none, all) = (0.0.fixed(digits), 100.0.fixed(digits))
    // What is left of adding up shares that cancel is none at all.
    let share = abs(share) < 1e-12 ? 0 : share
    if text == none && share > 0 { return "≤" + (1 / digits.power).fixed(digits) }
    if text == all && share < 1 { return "≥" + (100 - 1 / digits.power).fixed(digits) }
    return share == 0 ? "0" : share == 1 ? "100" : text
}

/// A range of shares in per cent, such as “87.1 – 95.7 %”.
package func percent(_ interval: Interval?, digits: Int = 1) -> String {
    guard let interval else { return "–" }
    return percentNumber(interval.lower, digits: digits) + " – " + percentNumber(interval.upper, digits: digits) + " %"
}

/// An area or an error between 0 and 1, with three digits; “–” where it is not defined.
package func decimal(_ value: Double?, digits: Int = 3) -> String { value.map { $0.fixed(digits) } ?? "–" }

/// “1 image”, “2 images”, with spaces between thousands.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
    grouped(count) + " " + (count == 1 ? singular : plural ?? singular + "s")
}

/// A whole number with thin spaces between its thousands, from five digits on.
func grouped(_ count: Int) -> String {
    let digits = String(count.magnitude)
    guard digits.count > 4 else { return String(count) }
    var groups: [Substring] = []
    var rest = digits[...]
    while !rest.isEmpty {
        groups.insert(rest.suffix(3), at: 0)
        rest = rest.dropLast(3)
    }
    return (count < 0 ? "-" : "") + groups.joined(separator: "\u{2009}")
}

extension Int {
    /// 10 to the power of this.
    fileprivate var power: Double { (0..<self).reduce(1.0) { power, _ in 10 * power } }
}
