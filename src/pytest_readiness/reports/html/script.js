"use strict";
(() => {
  const root = document.documentElement;
  const all = [...document.querySelectorAll(".finding")];
  const byId = (id) => document.getElementById(id);
  root.classList.add("js");

  // A link to a finding leads to it, even if it is folded away or filtered out.
  const reveal = (element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    const own = element.querySelector(":scope > details");
    if (own) own.open = true;
  };
  const follow = () => {
    let target = null;
    try { target = byId(decodeURIComponent(location.hash.slice(1))); } catch { /* no such name */ }
    if (!target || !target.classList.contains("finding")) return;
    if (target.hidden || target.closest("[hidden]")) byId("filters").reset();
    reveal(target);
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#f-']");
    if (link && link.hash === location.hash) follow();
  });

  // What is folded is printed open, by browsers too that do not do so by the style sheet.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.closest(".off-paper"));
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    opened = [];
  });

  const told = byId("copied");
  const copyText = async (text) => {
    if (navigator.clipboard) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed here */ }
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "away";
    document.body.append(area);
    area.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { /* told below */ }
    area.remove();
    return done;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest("button.copy");
    if (!button) return;
    const code = button.parentElement.querySelector("code");
    const done = await copyText(code.textContent);
    button.focus();
    if (!done) getSelection().selectAllChildren(code);
    told.textContent = done ? "Remedy copied" : "The remedy is selected: copy it with the keyboard";
    const label = button.firstChild;
    label.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { label.textContent = "Copy"; told.textContent = ""; }, 2000);
  });

  const form = byId("filters");
  if (!form) return;
  form.hidden = false;
  const text = byId("filter-text");
  const system = byId("filter-system");
  const count = byId("filter-count");
  const none = byId("filter-none");
  // The innermost groups first: an outer one is empty when all that it holds is hidden.
  const groups = [...document.querySelectorAll("#findings .group")].reverse();
  const folds = [...document.querySelectorAll("#findings details.fine")];
  const texts = new Map();
  const words = (one) => {
    if (!texts.has(one)) {
      const cause = one.closest(".cause");
      const why = cause ? cause.querySelector("h4").textContent + cause.querySelector(".message").textContent : "";
      texts.set(one, (one.textContent + " " + why).toLowerCase());
    }
    return texts.get(one);
  };
  const checked = (name) => new Set([...form.querySelectorAll(`input[name=${name}]:checked`)].map((one) => one.value));

  const apply = () => {
    const severities = checked("severity");
    const outcomes = checked("outcome");
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filtering = severities.size + outcomes.size + wanted.length > 0 || system.value !== "";
    let shown = 0;
    for (const one of all) {
      const { severity, outcome } = one.dataset;
      const fits =
        (!severities.size || severities.has(severity)) &&
        (!outcomes.size || outcomes.has(outcome)) &&
        (!system.value || one.dataset.system === system.value) &&
        (!wanted.length || wanted.every((word) => words(one).includes(word)));
      if (one.hidden === fits) one.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const group of groups) {
      const empty = !group.querySelector(".finding:not([hidden])");
      if (group.hidden !== empty) group.hidden = empty;
    }
    for (const fold of folds) {
      if (filtering && !fold.hidden && !fold.dataset.before) {
        fold.dataset.before = fold.open ? "open" : "closed";
        fold.open = true;
      } else if (!filtering && fold.dataset.before) {
        fold.open = fold.dataset.before === "open";
        delete fold.dataset.before;
      }
    }
    none.hidden = shown > 0;
    count.textContent = `${shown} of ${all.length} findings shown`;
  };
  let waiting = 0;
  const soon = (delay) => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, delay);
  };
  text.addEventListener("input", () => soon(150));
  form.addEventListener("change", () => soon(0));
  // The fields have their first values only after the event.
  form.addEventListener("reset", () => soon(0));
  form.addEventListener("submit", (event) => event.preventDefault());
  // A browser that comes back to the page has filled in the form already.
  addEventListener("pageshow", () => soon(0));
  follow();
})();
