// Times as people, cameras and programs write them, as seconds that can be compared.

/// Reads times.
enum TimeStamp {
    /// Seconds since 1970 in whatever zone the text means; a plain number stands for itself.
    ///
    /// Accepted are numbers, dates such as 2024-05-01 or 2024:05:01, and dates followed by a space or T and a time such as
    /// 10:00, 10:00:07 or 10:00:07.5; after that Z or a zone such as +02:00, which is taken into account.
    static func seconds(_ text: String) -> Double? {
        if let number = Double(text) { return number.isFinite ? number : nil }
        let pattern =
            /(\d{4})[-:\/](\d{1,2})[-:\/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*(?:(Z)|([+-])(\d{2}):?(\d{2})?)?)?/
        guard let found = text.wholeMatch(of: pattern)?.output else { return nil }
        let local = seconds(
            year: Int(found.1), month: Int(found.2), day: Int(found.3), hour: Int(found.4 ?? "0"),
            minute: Int(found.5 ?? "0"), second: Double(found.6 ?? "0"))
        guard let local, let sign = found.8 else { return local }
        guard let hours = Int(found.9 ?? "0"), let minutes = Int(found.10.flatMap { $0 } ?? "0") else { return nil }
        return local - (sign == "-" ? -1 : 1) * Double(3600 * hours + 60 * minutes)
    }

    /// The time in the name of the file at `path`, as phones write it: IMG_20240501_100007.jpg or 2024-05-01 10.00.07.png.
    ///
    /// Thousandths of a second may follow.
    static func seconds(inNameOf path: String) -> Double? {
        let name = path.split(separator: "/").last ?? ""
        let pattern = /(?:^|.*\D)(\d{4})-?(\d{2})-?(\d{2})[-_ T](\d{2})[-._]?(\d{2})[-._]?(\d{2})(?:\d{3})?(?:\D.*)?/
        guard let found = name.wholeMatch(of: pattern)?.output else { return nil }
        return seconds(
            year: Int(found.1), month: Int(found.2), day: Int(found.3), hour: Int(found.4), minute: Int(found.5),
            second: Double(found.6))
    }

    private static func seconds(
        year: Int?, month: Int?, day: Int?, hour: Int?, minute: Int?, second: Double?
    ) -> Double? {
        guard let year, let month, let day, let hour, let minute, let second, (1900...2200).contains(year),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        return Double(86_400 * days(year, month, day) + 3600 * hour + 60 * minute) + second
    }

    /// Days from 1970-01-01 in the Gregorian calendar.
    ///
    /// Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013, http://howardhinnant.github.io/date_algorithms.html
    /// (days_from_civil), for years that are not negative.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
