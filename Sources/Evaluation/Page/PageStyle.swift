// How the page looks: one column of cards, light or dark as the reader's system is, down to 360 px and on paper.

extension ReportPage {
    /// An ocelot's coat in 20 px: a rosette, a dot and a stripe.
    static let mark = """
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><g fill="none" stroke="currentColor" \
        stroke-width="2.4" stroke-linecap="round"><path d="M3.2 8.6A6 6 0 0 1 8 3.2M11.6 3.4A6 6 0 0 1 14.6 7M13.9 12A6 \
        6 0 0 1 9.8 15M6.4 14.4A6 6 0 0 1 3.4 11.6"/><path d="M17 13.5l-2.2 4"/></g><circle cx="9" cy="9" r="1.9" \
        fill="currentColor"/></svg>
        """

    /// The whole style sheet.
    ///
    /// Fields of the matrix have six steps of blue (right) and of orange (wrong); the text on each differs from it by
    /// 4.5 : 1 at least.
    static let style = """
        :root{color-scheme:light dark;\(Palette.lightRule);\(lightPage)}
        @media (prefers-color-scheme:dark){:root{\(Palette.darkRule);\(darkPage)}}
        *{box-sizing:border-box}
        html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        body{margin:0;background:var(--page);color:var(--ink);overflow-wrap:break-word;
          font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        header,main,footer{max-width:1120px;margin:0 auto;padding:0 24px}
        header{padding-top:32px}
        h1{font-size:clamp(1.6rem,4vw,2.25rem);line-height:1.2;letter-spacing:-.015em;margin:.35em 0 0}
        h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.01em;margin:0 0 .6em}
        h3{font-size:1rem;margin:2em 0 .5em}
        p{margin:0 0 1em}
        .brand{display:flex;align-items:center;gap:8px;margin:0;font-weight:650;color:var(--accent)}
        .brand span{font-weight:400;color:var(--quiet)}
        .subtitle{margin:.25em 0 0;color:var(--quiet)}
        nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin:18px 0 20px;font-size:.94rem}
        a{color:var(--accent);text-underline-offset:3px;text-decoration-thickness:1px}
        nav a{text-decoration:none;padding:3px 0}
        a:hover{text-decoration:underline}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
        section{background:var(--ground);border:1px solid var(--edge);border-radius:14px;padding:26px 28px;
          margin:0 0 20px;
          scroll-margin-top:12px}
        .lead{max-width:72ch}
        .note{max-width:86ch;margin:1em 0 0;font-size:.88rem;color:var(--quiet)}
        .note b{color:var(--ink);font-weight:600}
        .quiet,figcaption,small{color:var(--quiet)}
        .unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);
          white-space:nowrap}
        .hero{display:grid;grid-template-columns:auto minmax(0,1fr);gap:12px 48px;align-items:center}
        .big{margin:0;font-size:clamp(3.4rem,9vw,5.2rem);font-weight:680;line-height:1;letter-spacing:-.04em;
          font-variant-numeric:tabular-nums}
        .big span{font-size:.5em;font-weight:500;letter-spacing:0;color:var(--quiet)}
        .caption{max-width:22ch;margin:.5em 0 0;color:var(--quiet);line-height:1.4}
        .meaning{max-width:60ch;margin:1em 0 0;font-size:1.06rem}
        .track,.gauge{position:relative;display:block;height:12px;border-radius:6px;background:var(--track)}
        .range{position:absolute;top:0;bottom:0;min-width:2px;border-radius:6px;background:var(--range)}
        .tick{position:absolute;top:-4px;bottom:-4px;width:2px;margin-left:-1px;background:var(--quiet)}
        .track b,.gauge b{position:absolute;top:50%;width:16px;height:16px;margin:-8px 0 0 -8px;border-radius:50%;
          background:var(--accent);border:3px solid var(--ground)}
        .scale .legend{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 24px;margin-top:10px;
          font-size:.86rem;color:var(--quiet)}
        .interval::before,.chance::before{content:"";display:inline-block;vertical-align:middle;margin-right:8px}
        .interval::before{width:18px;height:8px;border-radius:4px;background:var(--range)}
        .chance::before{width:2px;height:14px;background:var(--quiet)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:20px 24px;margin:28px 0 0;
          padding-top:22px;border-top:1px solid var(--edge)}
        .tiles dt{font-size:.86rem;color:var(--quiet)}
        .tiles dd{margin:2px 0 0;font-size:1.5rem;font-weight:620;line-height:1.25;font-variant-numeric:tabular-nums}
        .tiles small{display:block;font-size:.8rem;font-weight:400;line-height:1.35}
        #warnings{background:var(--warning);border-color:var(--warning-edge)}
        #warnings ul{margin:0;padding-left:1.2em}
        #warnings li+li{margin-top:.35em}
        details{margin-top:1em}
        summary{cursor:pointer;font-weight:560}
        .scroll{overflow-x:auto;max-width:100%}
        .scroll.tall{max-height:560px;overflow:auto;border:1px solid var(--edge);border-radius:8px}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        .classes{width:100%;min-width:640px}
        th,td{padding:8px 12px;text-align:left;font-weight:400;vertical-align:middle}
        thead th{font-size:.84rem;color:var(--quiet);white-space:nowrap;border-bottom:1px solid var(--edge)}
        tbody tr+tr>*{border-top:1px solid var(--edge)}
        .n{text-align:right;white-space:nowrap}
        .classes tbody th{font-weight:580;max-width:260px;min-width:90px}
        .classes th:first-child{position:sticky;left:0;background:var(--ground);z-index:1}
        .tall thead th:first-child{z-index:2}
        .classes th:first-child{padding-left:2px}
        .tall .classes th:first-child{padding-left:12px}
        .tall thead th{position:sticky;top:0;background:var(--ground);box-shadow:inset 0 -1px var(--edge);z-index:1}
        abbr{text-decoration:none}
        th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
        th button:hover{color:var(--ink)}
        th button::after{content:"↕";content:"↕" / "";opacity:.55;margin-left:5px}
        th[aria-sort=ascending] button::after{content:"↑";content:"↑" / "";opacity:1}
        th[aria-sort=descending] button::after{content:"↓";content:"↓" / "";opacity:1}
        .interval-cell{min-width:200px;white-space:nowrap}
        .gauge{display:inline-block;vertical-align:middle;width:calc(100% - 96px);min-width:80px;height:8px}
        .gauge b{width:10px;height:10px;margin:-5px 0 0 -5px;border-width:2px}
        .gauge .tick{top:-2px;bottom:-2px;width:1px}
        .ends{display:inline-block;width:88px;text-align:right;font-size:.84rem;color:var(--quiet)}
        .pairs{list-style:none;max-width:460px;margin:0 0 20px;padding:0}
        .pairs li{padding:7px 0;border-bottom:1px solid var(--edge);line-height:1.4}
        .pairs b{font-weight:600}
        .pairs .quiet{display:block;font-size:.86rem}
        .toggle{display:inline-flex;margin:0 0 14px;padding:3px;border:0;border-radius:9px;background:var(--track)}
        .toggle input{position:absolute;opacity:0;pointer-events:none}
        .toggle label{padding:4px 14px;border-radius:7px;font-size:.88rem;cursor:pointer}
        .toggle input:checked+label{background:var(--ground);box-shadow:0 1px 2px rgb(0 0 0/.18);font-weight:560}
        .toggle input:focus-visible+label{outline:2px solid var(--accent)}
        .share{display:none}
        section:has(#cells-shares:checked) .count{display:none}
        section:has(#cells-shares:checked) .share{display:inline}
        .matrix{border-collapse:separate;border-spacing:3px;margin-left:-3px}
        .matrix thead th,.matrix tbody tr+tr>*{border:0}
        .matrix td{min-width:46px;padding:9px 8px;text-align:center;border-radius:5px;background:var(--empty);
          color:var(--quiet)}
        .matrix thead td{background:none;padding:0}
        .matrix th{padding:4px 8px}
        .matrix thead th{text-align:center;vertical-align:bottom;color:var(--ink);font-weight:560}
        .matrix tbody th,.matrix tfoot th{text-align:right;font-weight:560;max-width:240px;overflow:hidden;
          text-overflow:ellipsis;white-space:nowrap}
        .matrix thead .axis{font-weight:400;color:var(--quiet)}
        .matrix thead tr+tr .axis{text-align:right}
        .matrix .total,.matrix tfoot th{background:none;font-weight:400;color:var(--quiet);font-size:.88rem}
        .matrix .total{white-space:nowrap}
        .matrix thead .total{font-weight:400;color:var(--quiet);font-size:.84rem}
        .upright thead tr+tr th:not(.axis) span{display:inline-block;writing-mode:vertical-rl;
          text-orientation:sideways;transform:rotate(180deg);
          max-height:160px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;text-align:left}
        .upright{border-spacing:2px}
        .upright td{min-width:33px;padding:6px 2px}
        .matrix .none{font-size:.82em}
        .roomy td{min-width:84px;padding:16px 10px;font-size:1.1rem}
        .roomy .total{min-width:56px}
        \(levels)
        figure{margin:0;min-width:0}
        figcaption{margin:0 0 12px;font-size:.9rem;line-height:1.45}
        figcaption b{display:block;color:var(--ink);font-size:1rem}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:32px 44px}
        .pair figure{display:grid;grid-template-rows:subgrid;grid-row:span 2;row-gap:0}
        .pair .chart{max-width:470px}
        .overview{max-width:760px}
        .split{display:flex;flex-wrap:wrap;gap:24px 56px;align-items:flex-start}
        .split>:first-child{flex:0 1 auto;min-width:0;max-width:100%}
        .split>:last-child{flex:1 1 300px;min-width:0}
        code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--track);padding:.12em .4em;
          border-radius:5px;overflow-wrap:anywhere}
        \(Chart.style)
        .thresholds{width:100%;margin-top:12px;font-size:.92rem}
        .thresholds th,.thresholds td{padding:4px 10px}
        .thresholds thead th{white-space:normal;vertical-align:bottom}
        .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(150px,42%),1fr));gap:22px 18px;
          list-style:none;
          margin:0;padding:0}
        .gallery li{min-width:0}
        .gallery img,.missing{display:block;width:100%;aspect-ratio:1;object-fit:contain;border-radius:10px;
          background:var(--track)}
        .missing{display:grid;place-items:center;color:var(--quiet);font-size:.85rem}
        .gallery dl{margin:8px 0 0;font-size:.92rem;line-height:1.4}
        .gallery dl div{display:flex;gap:8px}
        .gallery dt{flex:0 0 3.6em;color:var(--quiet)}
        .gallery dd{margin:0;min-width:0;font-weight:580;overflow-wrap:anywhere}
        .gallery .answer dd{color:var(--wrong)}
        .gallery dd .quiet{font-weight:400;white-space:nowrap}
        .path{margin:2px 0 0;font-size:.76rem;color:var(--quiet);overflow:hidden;text-overflow:ellipsis;
          white-space:nowrap}
        .steps{margin:0;padding-left:1.3em;max-width:76ch}
        .steps li+li{margin-top:.45em}
        .steps li::marker{color:var(--accent);font-weight:650}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:0 40px;margin:0}
        .facts div{display:flex;justify-content:space-between;gap:16px;padding:7px 0;
          border-bottom:1px solid var(--edge)}
        .facts dt{color:var(--quiet)}
        .facts dd{margin:0;text-align:right;min-width:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
        footer{padding:8px 24px 40px;font-size:.85rem;color:var(--quiet)}
        @media (max-width:640px){
          header,main,footer{padding-left:14px;padding-right:14px}
          section{padding:20px 16px;border-radius:12px}
          .hero{grid-template-columns:minmax(0,1fr)}
          .caption{max-width:none}
          .roomy td{min-width:52px;padding:12px 4px}
          .matrix tbody th{max-width:120px}
          .tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:18px 14px}
        }
        @media print{
          :root{\(Palette.lightRule);\(lightPage)}
          *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
          body{background:#fff;font-size:10.5pt}
          nav,.toggle,script{display:none}
          header,main,footer{max-width:none;padding:0}
          section{border:0;border-top:1px solid var(--edge);border-radius:0;padding:16px 0;margin:0}
          h2,h3,figcaption,.lead{break-after:avoid}
          .classes th,.tall thead th{position:static;box-shadow:none}
          th button::after{display:none}
          figure,tr,.gallery li,.tiles,.hero{break-inside:avoid}
          .scroll,.scroll.tall{overflow:visible;max-height:none;border:0}
          .classes{min-width:0}
          .pair{grid-template-columns:1fr 1fr}
          .gallery{grid-template-columns:repeat(6,1fr);gap:12px}
          .gallery dl{font-size:.74rem}
          .gallery dt{flex-basis:3.2em}
        }
        """

    private static let lightPage = """
        --page:#f5f5f2;--edge:#e2e3de;--accent:#0b5cad;--track:#e9eae6;--range:#9cc4ea;--empty:#f5f5f2;--wrong:#ae4300;\
        --warning:#fff8e8;--warning-edge:#ecd9a6
        """
    private static let darkPage = """
        --page:#121418;--edge:#30353c;--accent:#6cb4f5;--track:#2c3138;--range:#2f6192;--empty:#22262c;--wrong:#ffa366;\
        --warning:#292314;--warning-edge:#57481f
        """

    /// The steps of the matrix: ground and text, first light, then dark.
    private static let levels: String = {
        func rules(_ hue: String, _ steps: [(String, String)]) -> String {
            steps.enumerated().map { ".matrix .\(hue)\($0 + 1){background:\($1.0);color:\($1.1)}" }.joined()
        }
        let (dark, white, night) = ("#10222f", "#ffffff", "#f2f4f6")
        let light =
            rules(
                "r", [("#dcebf8", dark), ("#bcd9f1", dark), ("#8fbfe6", dark), ("#2a76b5", white), ("#0f5a99", white)])
            + rules(
                "w", [("#fde8d6", dark), ("#fbcfa8", dark), ("#f5a86a", dark), ("#c75410", white), ("#9c3d06", white)])
        let evening =
            rules(
                "r", [("#1f3347", night), ("#234a6b", night), ("#2a6291", night), ("#69b0ea", dark), ("#a3d2f7", dark)])
            + rules(
                "w", [("#46301f", night), ("#6b4222", night), ("#8f5523", night), ("#f09a55", dark), ("#ffc494", dark)])
        return light + "\n@media screen and (prefers-color-scheme:dark){\(evening)}"
    }()

    /// Tables can be sorted by a click on their heads; the buttons for it only exist where scripts run.
    static let script = """
        for (const table of document.querySelectorAll('table.sortable')) {
          const heads = [...table.tHead.rows[0].cells];
          heads.forEach((head, column) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.append(...head.childNodes);
            head.append(button);
            button.addEventListener('click', () => {
              /* Numbers from the largest first, names from A. */
              const first = column === 0 ? 'ascending' : 'descending';
              const second = column === 0 ? 'descending' : 'ascending';
              const order = head.getAttribute('aria-sort') === first ? second : first;
              heads.forEach(other => other.removeAttribute('aria-sort'));
              head.setAttribute('aria-sort', order);
              const sign = order === 'ascending' ? 1 : -1;
              const key = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
              const number = text => text === '' ? -Infinity : Number(text);
              const compare = column === 0
                ? (a, b) => key(a).localeCompare(key(b), 'en', { numeric: true }) * sign
                : (a, b) => ((x, y) => x === y ? 0 : (x - y) * sign)(number(key(a)), number(key(b)));
              table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
            });
          });
        }
        """
}
