// The page at `/`: one drops a photo and sees the answer. Script and style are addresses of their own, so that the
// content policy needs no exception; what models and files are called is only ever set as text.

/// What the page is made of.
enum PageText {
    static let html = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Ocelot: ask a model</title>
        <link rel="stylesheet" href="/page.css">
        <link rel="icon" href="data:,">
        <script src="/page.js" defer></script>
        </head>
        <body>
        <main>
        <h1>Ask a model</h1>
        <p><label for="model">Model</label> <select id="model"></select></p>
        <p id="token-row" hidden><label for="token">Token</label>
        <input id="token" type="password" autocomplete="off"> <button id="use-token" type="button">Use it</button></p>
        <div id="drop">
        <p>Drop a photo here, or choose one:</p>
        <p><label for="file">Photo</label> <input id="file" type="file" accept="image/*"></p>
        </div>
        <p id="status" role="status"></p>
        <section id="result" aria-label="Answer" hidden>
        <img id="photo" alt="The photo that was asked about">
        <div>
        <table>
        <caption id="caption"></caption>
        <thead><tr><th scope="col">Class</th><th scope="col">Probability</th><th scope="col">Explanation</th></tr></thead>
        <tbody id="rows"></tbody>
        </table>
        <figure id="explanation" hidden>
        <img id="overlay" alt="">
        <figcaption id="because"></figcaption>
        </figure>
        </div>
        </section>
        <p class="note">The photo is sent to this service, and kept nowhere. Programs ask by
        <code>POST /v1/models/NAME:predict</code>; <a href="/openapi.json">openapi.json</a> describes every route.</p>
        </main>
        </body>
        </html>

        """

    static let style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { margin: 0; background: #fdfcfa; color: #1c1b19; }
        main { max-width: 44rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.6rem; margin: 0 0 1rem; }
        label { font-weight: 600; margin-right: .4rem; }
        select, input, button { font: inherit; }
        #drop { border: 2px dashed #8a7f6d; border-radius: .6rem; padding: 1rem; text-align: center; }
        #drop.over { background: #f3e9d5; }
        #status { min-height: 1.5rem; }
        #result { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; align-items: start; }
        #result[hidden] { display: none; }
        #photo, #overlay { max-width: 100%; border-radius: .4rem; }
        #overlay { width: 100%; }
        #explanation { margin: 1rem 0 0; }
        figcaption { color: #5a544a; font-size: .9rem; }
        figcaption .scale { display: block; height: .8rem; margin: .3rem 0; border-radius: .2rem;
          background: linear-gradient(to right, #404043, #57106e, #bc3754, #f98e09, #fcffa4); }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; font-weight: 600; padding-bottom: .4rem; overflow-wrap: anywhere; }
        th, td { text-align: left; padding: .25rem .5rem .25rem 0; }
        td { overflow-wrap: anywhere; min-width: 5rem; }
        td + td { white-space: nowrap; font-variant-numeric: tabular-nums; }
        meter { width: 6rem; vertical-align: middle; }
        .note { color: #5a544a; font-size: .9rem; margin-top: 2rem; }
        a { color: #7a4a00; }
        @media (max-width: 36rem) { #result { grid-template-columns: 1fr; } meter { width: 3rem; } }
        @media (prefers-color-scheme: dark) {
          body { background: #1b1a18; color: #efece6; }
          #drop.over { background: #3a3326; }
          .note, figcaption { color: #bdb6a8; }
          a { color: #f0b860; }
        }

        """

    static let script = """
        "use strict";
        const at = (id) => document.getElementById(id);
        let token = "";

        function headers(more) {
          return token ? { ...more, Authorization: "Bearer " + token } : more;
        }

        async function answerOf(response) {
          const answer = await response.json();
          if (response.ok) return answer;
          if (response.status === 401) at("token-row").hidden = false;
          throw new Error(answer.error || "The service answered with status " + response.status + ".");
        }

        async function listModels() {
          try {
            const { models } = await answerOf(await fetch("/v1/models", { headers: headers({}) }));
            at("model").replaceChildren(...models.map((model) => {
              const option = document.createElement("option");
              option.value = model.name;
              option.textContent = model.name + " (version " + model.version + ", " + model.classes + " classes)";
              return option;
            }));
            at("status").textContent = "";
          } catch (error) {
            at("status").textContent = error.message;
          }
        }

        let photo = null;
        let model = "";
        let asked = 0;

        function row(entry) {
          const line = document.createElement("tr");
          const name = document.createElement("td");
          name.textContent = entry.label;
          const value = document.createElement("td");
          const bar = document.createElement("meter");
          bar.value = entry.probability;
          bar.setAttribute("aria-hidden", "true");
          value.append(bar, " " + (100 * entry.probability).toFixed(1) + " %");
          const why = document.createElement("td");
          const button = document.createElement("button");
          button.type = "button";
          button.textContent = "Why?";
          button.setAttribute("aria-label", "Why " + entry.label + "?");
          button.addEventListener("click", () => explain(entry.label));
          why.append(button);
          line.append(name, value, why);
          return line;
        }

        function address(query) {
          return "/v1/models/" + encodeURIComponent(model) + ":predict" + query;
        }

        async function post(file, query) {
          return answerOf(await fetch(address(query), {
            method: "POST", body: file, headers: headers({ "Content-Type": "application/octet-stream" }),
          }));
        }

        async function explain(label) {
          at("status").textContent = "Looking where “" + label + "” comes from…";
          const number = asked;
          try {
            const began = performance.now();
            const answer = await post(photo, "?explain=true&explain_class=" + encodeURIComponent(label));
            if (number !== asked) return;
            const { overlay, method } = answer.predictions[0].explanation;
            at("overlay").src = "data:image/png;base64," + overlay;
            at("overlay").alt = "The photo in grey, coloured where “" + label + "” comes from";
            const scale = document.createElement("span");
            scale.className = "scale";
            scale.setAttribute("aria-hidden", "true");
            at("because").replaceChildren("Where “" + label + "” comes from, from dark (nothing) to yellow (the most). ",
              method === "occlusion" ? "Found by covering one part after another." : "", scale);
            at("explanation").hidden = false;
            at("status").textContent = "Explained in " + (performance.now() - began).toFixed(0) + " ms.";
          } catch (error) {
            at("status").textContent = error.message;
          }
        }

        async function ask(file) {
          at("status").textContent = "Asking…";
          at("result").hidden = true;
          at("explanation").hidden = true;
          photo = file;
          model = at("model").value;
          asked += 1;
          try {
            const began = performance.now();
            const answer = await post(file, "");
            const elapsed = performance.now() - began;
            const prediction = answer.predictions[0];
            at("photo").src = URL.createObjectURL(file);
            at("photo").onload = () => URL.revokeObjectURL(at("photo").src);
            const best = prediction.top[0];
            at("caption").textContent = prediction.accepted ? best.label : "None of the classes for sure";
            at("rows").replaceChildren(...prediction.top.map(row));
            at("result").hidden = false;
            at("status").textContent = "Answered in " + elapsed.toFixed(0) + " ms, of which the service took " +
              answer.timing_ms.total.toFixed(1) + " ms.";
          } catch (error) {
            at("status").textContent = error.message;
          }
        }

        at("file").addEventListener("change", () => { if (at("file").files[0]) ask(at("file").files[0]); });
        at("use-token").addEventListener("click", () => { token = at("token").value.trim(); listModels(); });
        for (const name of ["dragenter", "dragover"]) {
          at("drop").addEventListener(name, (event) => { event.preventDefault(); at("drop").classList.add("over"); });
        }
        at("drop").addEventListener("dragleave", () => at("drop").classList.remove("over"));
        at("drop").addEventListener("drop", (event) => {
          event.preventDefault();
          at("drop").classList.remove("over");
          if (event.dataTransfer.files[0]) ask(event.dataTransfer.files[0]);
        });
        listModels();

        """
}
