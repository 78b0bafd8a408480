// What every page of this project has around its sections: one file that loads nothing from elsewhere.

/// A page as one HTML file, in the style of the evaluation page.
struct PageShell {
    /// What kind of page it is, beside the project's name.
    var kind: String
    /// What it is about.
    var title: String
    /// A line below the title; may be empty.
    var subtitle = ""
    /// Rules beside the style of all pages.
    var style = ""

    /// The whole file.
    func html(_ sections: [PageSection]) -> String {
        let links = sections.filter { !$0.link.isEmpty }.map { "<a href=\"#\($0.identifier)\">\($0.link)</a>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src \
            'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
            <meta name="color-scheme" content="light dark">
            <title>\(escaped(title)) – \(escaped(kind))</title>
            <style>
            \(ReportPage.style)
            \(style)
            </style>
            </head>
            <body>
            <header>
            <p class="brand">\(ReportPage.mark) Ocelot <span>\(escaped(kind))</span></p>
            <h1>\(escaped(title))</h1>
            \(subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(escaped(subtitle))</p>")
            <nav aria-label="On this page">\(links.joined(separator: " "))</nav>
            </header>
            <main>
            \(sections.map(\.html).joined(separator: "\n"))
            </main>
            <footer><p>Made by Ocelot. This file holds all that it shows and loads nothing from elsewhere.</p></footer>
            <script>
            \(ReportPage.script)
            </script>
            </body>
            </html>

            """
    }
}
