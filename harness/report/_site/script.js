"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (what) => Array.from(document.querySelectorAll(what));
  const cards = all(".card");
  const hidden = new Set();
  const where = document.getElementById("where");
  const beside = document.getElementById("beside");
  let current = null;

  function open(card, yes) {
    card.classList.toggle("open", yes);
    card.classList.remove("peek");
    for (const button of all('[aria-controls="' + card.id + '"]')) {
      button.setAttribute("aria-expanded", String(yes));
    }
    if (yes) current = card;
  }

  function side(yes) {
    root.classList.toggle("side", yes);
    if (beside) beside.setAttribute("aria-pressed", String(yes));
  }

  function go(card) {
    side(false);
    open(card, true);
    card.focus({ preventScroll: true });
    const tall = card.offsetHeight > 0.8 * window.innerHeight;
    card.scrollIntoView({ block: tall ? "start" : "center", behavior: "instant" });
    const list = stops();
    where.textContent = list.indexOf(card) + 1 + " of " + list.length;
  }

  const stops = () => cards.filter((card) => !hidden.has(card.dataset.severity));

  function step(by) {
    const list = stops();
    if (!list.length) {
      where.textContent = "nothing to show";
      return;
    }
    const at = list.indexOf(current);
    const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length;
    if (current) open(current, false);
    go(list[next]);
  }

  for (const button of all("button.mark")) {
    const card = document.getElementById(button.getAttribute("aria-controls"));
    button.addEventListener("click", () => open(card, !card.classList.contains("open")));
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") card.classList.add("peek");
    });
    button.addEventListener("pointerleave", () => card.classList.remove("peek"));
  }
  for (const link of all("a.mark")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (current) open(current, false);
      go(document.getElementById(link.getAttribute("href").slice(1)));
    });
  }
  for (const box of all("input[data-filter]")) {
    const apply = () => {
      root.classList.toggle("hide-" + box.dataset.filter, !box.checked);
      if (box.checked) hidden.delete(box.dataset.filter);
      else hidden.add(box.dataset.filter);
      for (const list of all(".list")) {
        const shown = Array.from(list.querySelectorAll("li > .mark"))
          .filter((mark) => !Array.from(hidden).some((level) => mark.classList.contains(level)));
        list.querySelector(".shown").textContent = hidden.size ? " (" + shown.length + " shown)" : "";
      }
    };
    box.addEventListener("change", apply);
    apply();
  }

  const keys = document.getElementById("keys");
  if (!where) return;
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("previous").addEventListener("click", () => step(-1));
  if (beside) beside.addEventListener("click", () => side(!root.classList.contains("side")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const card of cards) open(card, false);
      return;
    }
    if (!keys.checked || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "d" && beside) side(!root.classList.contains("side"));
  });
  const named = document.getElementById(location.hash.slice(1));
  if (named && named.classList.contains("card")) go(named);
})();
