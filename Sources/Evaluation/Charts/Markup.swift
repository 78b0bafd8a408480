// Text that is safe in HTML and SVG, and how wide it will be.

/// Text as it may stand inside an element or a quoted attribute of HTML and of SVG.
///
/// Characters that XML does not allow, and those that turn the direction of the text around them, are replaced.
package func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default:
            result.unicodeScalars.append(scalar.isHarmful && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
    }
    return result
}

extension Unicode.Scalar {
    /// Controls a terminal or a text's direction, or is no character at all.
    var isHarmful: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0: true  // C0 and C1, with the escape that starts a terminal's commands
        case 0x2028, 0x2029: true  // line and paragraph separator
        case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction marks, overrides and isolates
        case 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}

/// The middle of a long text left out, so that at most `limit` columns of a terminal are taken.
func shortened(_ text: String, to limit: Int) -> String {
    guard columns(of: text) > limit else { return text }
    var (head, tail) = ("", "")
    var room = max(limit, 3) - 1
    var rest = text[...]
    // From both ends in turn: the beginnings of names tell as much as their ends.
    while let next = rest.first, columns(of: next) <= room {
        head.append(next)
        room -= columns(of: next)
        rest.removeFirst()
        guard let last = rest.last, columns(of: last) <= room else { break }
        tail.insert(last, at: tail.startIndex)
        room -= columns(of: last)
        rest.removeLast()
    }
    return head + "…" + tail
}

/// An element of HTML or SVG; the values of its attributes are made safe here, its content is markup already.
///
/// Without content it ends at once (`<rect …/>`).
func element(_ name: String, _ attributes: KeyValuePairs<String, String>, _ content: String? = nil) -> String {
    var markup = "<" + name
    for (key, value) in attributes { markup += " \(key)=\"\(escaped(value))\"" }
    guard let content else { return markup + "/>" }
    return markup + ">" + content + "</\(name)>"
}

/// How wide a text is in a sans-serif font of `size`: an estimate, for nobody knows the reader's font.
func estimatedWidth(_ text: String, size: Double) -> Double { Double(columns(of: text)) * size * 0.56 }

/// A coordinate or length, to a tenth of a pixel.
func px(_ value: Double) -> String { value.trimmed(1) }
