// The colours of charts, light and dark.
//
// Lightness differs as well as hue, so that the colours are told apart with every kind of colour vision: any two differ
// by 12 in CIE Lab (ΔE 1976), the first four by 24, also as people without one kind of cone see them (Machado, Oliveira
// and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009,
// https://doi.org/10.1109/TVCG.2009.113). Each differs from the ground by 3 : 1 (WCAG 2.2, 1.4.11). From the fifth curve
// on, dashes help.

package enum Palette {
    /// Number of colours.
    static let count = 8

    /// The ground, then the colours of curves and bars.
    package static let light = [
        "#ffffff", "#1680e0", "#cc4400", "#00603f", "#a34898", "#97812f", "#4724a6", "#7d8c90", "#262028",
    ]

    /// The same for a dark ground.
    package static let dark = [
        "#1b1e23", "#3f9be6", "#f0784e", "#a4efad", "#f3c4fa", "#eab023", "#8d78ff", "#94808a", "#fbfff8",
    ]

    /// Custom properties for a light ground.
    static let lightRule = "--ink:#1b1f24;--quiet:#59606b;--grid:#e4e5e1;" + properties(light)

    /// Custom properties for a dark ground.
    static let darkRule = "--ink:#eceef0;--quiet:#a6adb8;--grid:#33383f;" + properties(dark)

    private static func properties(_ colours: [String]) -> String {
        "--ground:\(colours[0])" + colours.dropFirst().enumerated().map { ";--c\($0):\($1)" }.joined()
    }
}

extension Chart {
    /// The rules that a page with charts carries once; the colours are custom properties of the page.
    public static let style = """
        .chart{display:block;width:100%;height:auto;\
        font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}\
        .chart text{fill:var(--quiet)}\
        .chart .legend text,.chart .titles text{fill:var(--ink)}\
        .chart .grid{stroke:var(--grid)}\
        .chart .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\
        .chart .band{fill:var(--c);opacity:.16}\
        .chart .dot{fill:var(--c)}\
        .chart .bar{fill:var(--c);fill-opacity:.75}\
        .chart .field{fill:var(--c)}\
        .chart .plane{fill:none;stroke:var(--grid)}\
        .chart .whisker{fill:none;stroke:var(--ink);stroke-width:1.25}\
        .chart .reference{fill:none;stroke:var(--quiet);stroke-width:1.25;stroke-dasharray:4 4}\
        .chart .rule{stroke:#d1343c;stroke-width:1.5;stroke-dasharray:5 3}\

        """
        + (0..<Palette.count).map { number in
            ".chart .c\(number){--c:var(--c\(number))\(number < 4 ? "" : ";stroke-dasharray:\(dashes[number - 4])")}"
        }.joined() + ".chart .bar,.chart .dot{stroke-dasharray:none}"

    private static let dashes = ["7 4", "2 4", "9 3 2 3", "4 3"]
}
