// What pages do beyond their forms. Everything here is an extra: without this file, all of it works by plain forms.

const KEPT = "bridgenotes.keys";
const LINK = /https?:\/\/[^\s<>"]+/gi;
const TAIL = /[.,;:!?'")\]}]+$/;

/** Length of a note as the rules count it, or close: one per character, one per link. The server decides. */
export function noteLength(text) {
  const short = text.trim().normalize("NFC").replace(/\r\n?/g, "\n").replace(LINK, (link) => "x" + (link.match(TAIL)?.[0] ?? ""));
  return [...short].length;
}

function count(field) {
  const output = document.getElementById(field.dataset.counter);
  const left = Number(field.dataset.limit) - noteLength(field.value);
  output.textContent = (left < 0 ? output.dataset.over : output.dataset.left).replace("%s", Math.abs(left));
  output.classList.toggle("error", left < 0);
  output.hidden = false;
}

function isTyping(target) {
  return target.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
}

let keysAreOn = true;
try {
  keysAreOn = localStorage.getItem(KEPT) !== "off";
} catch {
  // a browser that keeps nothing
}

function press(event) {
  const form = document.querySelector("form[data-keys]");
  if (!form || !keysAreOn || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const level = form.querySelectorAll('[name="level"]')["123".indexOf(event.key)];
  if (level) {
    level.focus();
    level.click();
  } else if (event.key.toLowerCase() === "n") {
    form.querySelector("[data-next]")?.click();
  } else {
    return;
  }
  event.preventDefault();
}

function offerKeys() {
  const help = document.getElementById("keys");
  if (!help) return;
  const choice = document.getElementById("use-keys");
  help.hidden = false;
  choice.checked = keysAreOn;
  choice.addEventListener("change", () => {
    keysAreOn = choice.checked;
    try {
      localStorage.setItem(KEPT, keysAreOn ? "on" : "off");
    } catch {
      // then the choice lasts as long as the page
    }
  });
}

document.addEventListener("keydown", press);
document.addEventListener("input", (event) => {
  if (event.target.dataset?.counter) count(event.target);
});
document.addEventListener("htmx:load", (event) => {
  for (const field of event.target.querySelectorAll("[data-counter]")) count(field);
});
document.addEventListener("htmx:afterSettle", (event) => {
  // Whoever used the keyboard goes on where the page changed, not at its top.
  if (document.activeElement !== document.body) return;
  const changed = document.getElementById(event.target.id) ?? event.target;
  changed.tabIndex = -1;
  changed.focus({ preventScroll: true });
});
for (const field of document.querySelectorAll("[data-counter]")) count(field);
offerKeys();
