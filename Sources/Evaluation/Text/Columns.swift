// How many columns of a terminal a text takes.
//
// Unicode Standard Annex #11, "East Asian Width", https://www.unicode.org/reports/tr11/: wide and fullwidth characters
// take two columns. The ranges below are those blocks, and those of emoji, in coarse grain.

/// Columns that a text takes in a font of fixed width.
package func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

/// Columns that a character takes, however many scalars it is of.
func columns(of character: Character) -> Int {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    // A sequence that asks for a picture, such as ❤️ or a flag, is one; so is a syllable of Hangul.
    if scalars.contains("\u{FE0F}") || columns(of: first) == 2 { return 2 }
    return scalars.reduce(0) { $0 + columns(of: $1) }
}

private func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x300: return scalar.properties.isDefaultIgnorableCodePoint ? 0 : 1
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1B000...0x1B2FF, 0x1F1E6...0x1F1FF, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F7E0...0x1F7EB,
        0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
        return 2
    default:
        let properties = scalar.properties
        let takesNone: Set<Unicode.GeneralCategory> = [.nonspacingMark, .enclosingMark, .format]
        return properties.isDefaultIgnorableCodePoint || takesNone.contains(properties.generalCategory) ? 0 : 1
    }
}

/// Text that a terminal shows as it is: what would control it, or break a line, becomes “�”.
package func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(scalar.isHarmful ? "\u{FFFD}" : scalar) }
    return String(result)
}
