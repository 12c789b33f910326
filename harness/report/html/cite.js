"use strict";
(() => {
  const { source } = document.body.dataset;
  const described = Array.from(document.querySelectorAll("[data-tier]"));
  const tiers = new Map(described.map((e) => [e.dataset.subject, e.dataset.tier]));
  const words = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();
  const escaped = (text) => text.replace(/[\\`*_|<~&]/g, "\\$&").replace(/\](?=[(\[:])/g, "\\]");
  const markdown = (element) => escaped(words(element));

  const anchor = (element) => element.closest("[id]").id;
  // Where the page lies, as whoever looks at it has it: its directory and its name.
  let path = location.pathname;
  try {
    path = decodeURI(path);
  } catch {
    // A name that is no text stays as the address has it.
  }
  const place = path.replace(/\s+/g, " ").split("/").filter(Boolean).slice(-2).join("/");
  const cited = (element) => `${escaped(source)}, ${escaped(place)}#${anchor(element)}`;
  const title = (figure) => markdown(figure.querySelector(".title"));
  const common = (figure) => markdown(figure.querySelector(".common"));
  const ended = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
  const heads = (table) => Array.from(table.tHead.rows[0].cells).filter((head) => !head.matches(".cite"));
  const rows = (table) => Array.from(table.tBodies[0].rows).filter((row) => !row.querySelector("[colspan]"));
  const note = (figure) => markdown(figure.querySelector(".scroll + .note"));

  // What is shown under which conditions; the name of the workload, which stands in both, once.
  const shown = (figure) => {
    const [of, under] = [title(figure), common(figure)];
    const at = of.lastIndexOf(": ");
    return `${at > 0 && under.startsWith(`${of.slice(at + 2)},`) ? of.slice(0, at) : of}: ${under}`;
  };

  // A row: whose figures they are, the figures with what is known of them, and their conditions.
  const rowCitation = (figure, table, row) => {
    let [subject, tier, clients] = ["", "", ""];
    const names = [];
    const figures = [];
    heads(table).forEach((head, column) => {
      const role = head.dataset.role;
      const text = markdown(row.cells[column]);
      if (!text || text === "–") return;
      const last = figures[figures.length - 1];
      if (role === "subject") {
        subject = text;
        tier ||= escaped(tiers.get(words(row.cells[column]).replace(/, naive$/, "")) ?? "");
      } else if (role === "tier") tier = text;
      else if (role === "clients") clients = `${text} ${text === "1" ? "client" : "clients"}`;
      else if (role === "name") names.push(text);
      else if (role === "span" && last) last.known = [words(head) === "range" ? `range ${text}` : text];
      else if (role === "confidence" && last?.known)
        last.known.push(text === "none claimed" ? "range, no interval claimed" : `${text} interval`);
      else if (role === "basis") {
        const whole = figures.find((each) => each.known);
        if (whole) whole.known.push(`n = ${text}`);
        else figures.push({ text: `n = ${text}` });
      } else if (head.matches(".head")) names.push(`${markdown(head)}: ${text}`);
      else figures.push({ text: `${markdown(head)}: ${text}` });
    });
    const whose = [subject && tier ? `${subject} (${tier})` : subject, clients, ...names].filter(Boolean);
    const found = figures.map(({ text, known }) => (known ? `${text} [${known.join(", ")}]` : text));
    const sentences = [
      [whose.join(", "), found.join("; ")].filter(Boolean).join(": "),
      shown(figure),
      note(figure),
    ];
    return `> ${sentences.filter(Boolean).map(ended).join(" ")} ${cited(figure)}`;
  };

  // A figure or a table: what it shows, under what conditions, its numbers, and where they are from.
  const figureCitation = (figure, table) => {
    const columns = heads(table);
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const lines = [
      `**${title(figure)}.** ${markdown(figure.querySelector(".conditions"))}`,
      "",
      line(columns.map(markdown)),
      line(columns.map((head) => (head.matches(".number") ? "---:" : "---"))),
      ...rows(table).map((row) => line(columns.map((_, column) => markdown(row.cells[column])))),
      "",
      note(figure),
      "",
      cited(figure),
    ];
    return lines.filter((text, at) => text || lines[at - 1]).join("\n");
  };

  const claimCitation = (claim) => {
    const part = (name) => Array.from(claim.querySelectorAll("dt")).find((dt) => words(dt) === name);
    const found = ["This run found", "Under these conditions", "Why there is no verdict"].map(part).filter(Boolean);
    const said = found.map((dt) => `${words(dt)}: ${ended(markdown(dt.nextElementSibling))}`);
    const [id, verdict, statement] = ["id", "verdict", "statement"].map((name) => markdown(claim.querySelector(`.${name}`)));
    return `> Claim ${id}, ${verdict}: ${ended(statement)} ${said.join(" ")} ${cited(claim)}`;
  };

  const heard = document.createElement("p");
  heard.className = "heard";
  heard.setAttribute("role", "status");
  document.body.append(heard);

  // Where the clipboard may not be written, the text is shown to be copied by hand.
  const show = (button, text) => {
    const after = button.closest(".scroll") ?? button;
    let box = after.nextElementSibling;
    if (!box?.matches(".by-hand")) {
      box = document.createElement("textarea");
      box.className = "by-hand";
      box.readOnly = true;
      box.rows = 5;
      box.setAttribute("aria-label", "The citation, to be copied by hand");
      after.after(box);
    }
    box.value = text;
    box.focus();
    box.select();
  };

  const byCommand = (text) => {
    const focused = document.activeElement;
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "unseen";
    document.body.append(box);
    box.select();
    const done = document.execCommand?.("copy") ?? false;
    box.remove();
    focused?.focus();
    return done;
  };

  const copy = async (button, text) => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = byCommand(text);
    }
    if (!done) {
      show(button, text);
      heard.textContent = "Not copied: the text is selected, copy it by hand.";
      return;
    }
    const label = (button.dataset.label ??= button.textContent);
    button.textContent = "copied";
    heard.textContent = "Copied as citation.";
    setTimeout(() => {
      button.textContent = label;
      heard.textContent = "";
    }, 2000);
  };

  const button = (label, spoken, citation) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "cite";
    made.textContent = label;
    if (spoken) made.title = spoken;
    made.addEventListener("click", () => copy(made, citation()));
    return made;
  };

  for (const figure of document.querySelectorAll("figure")) {
    const table = figure.querySelector("table");
    if (rows(table).length === 0) continue;
    const label = "Copy as citation";
    figure.querySelector("figcaption").append(" ", button(label, "", () => figureCitation(figure, table)));
    if (!table.querySelector("th.number")) continue;
    const head = document.createElement("td");
    head.className = "cite";
    table.tHead.rows[0].append(head);
    for (const row of rows(table)) {
      const cell = row.insertCell();
      cell.className = "cite";
      cell.append(button("cite", "Copy this row as citation", () => rowCitation(figure, table, row)));
    }
  }
  for (const claim of document.querySelectorAll(".claim"))
    claim.querySelector("details").append(button("Copy as citation", "", () => claimCitation(claim)));
})();
