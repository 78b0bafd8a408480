// The colours of charts, light and dark.
//
// After Okabe and Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/, whose hues are told apart with
// every kind of colour vision. Each is made darker for white paper and lighter for a dark screen, until it differs from
// the ground by 3 : 1 (WCAG 2.2, 1.4.11); from the fifth curve on, dashes help.

enum Palette {
    /// Number of colours.
    static let count = 8

    /// Custom properties for a light ground.
    static let light = """
        --ink:#1b1f24;--quiet:#59606b;--ground:#ffffff;--grid:#e4e5e1;\
        --c0:#0067a8;--c1:#c24e00;--c2:#007f5f;--c3:#a8437f;--c4:#8a6100;--c5:#3b86c6;--c6:#5b5fc0;--c7:#555b63
        """

    /// Custom properties for a dark ground.
    static let dark = """
        --ink:#eceef0;--quiet:#a6adb8;--ground:#1b1e23;--grid:#33383f;\
        --c0:#5db5f0;--c1:#ff9650;--c2:#35c79c;--c3:#ec93c6;--c4:#e3b53c;--c5:#9fd0f5;--c6:#a9adff;--c7:#b4bac4
        """

    /// A dark ground where the reader prefers one.
    static let darkRule = "@media (prefers-color-scheme:dark){:root{\(dark)}}"
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
        .chart .rule{stroke:var(--ink);stroke-width:1.25;stroke-dasharray:2 3}\

        """
        + (0..<Palette.count).map { number in
            ".chart .c\(number){--c:var(--c\(number))\(number < 4 ? "" : ";stroke-dasharray:\(dashes[number - 4])")}"
        }.joined() + ".chart .bar,.chart .dot{stroke-dasharray:none}"

    private static let dashes = ["7 4", "2 4", "9 3 2 3", "4 3"]
}
