// <community-note url="https://…">: the note that readers added to a post, on any page.
//
//   <script type="module" src="https://NOTES/embed.js"></script>
//   <community-note url="https://forum.example.org/t/1"></community-note>
//
// Attributes: url (of the post), lang (of the words around the note), theme ("light" or "dark"; else as the
// reader prefers). Nothing shows where there is no note. All elements of a page ask once, together. Events on the
// element, which bubble: "community-note" with detail.note (null if none shows) and "community-note-error".
// Colours and shape: CSS custom properties --community-note-…, parts card, title, text, link, ask, rate, fine.

const SITE = new URL("/", import.meta.url);
const MOST = 100; // addresses of one question
const LONGEST = 6000; // characters of a question that caches can keep; longer ones are posted
const SVG = "http://www.w3.org/2000/svg";
const ICON = [9, 15]; // two fields of viewpoints that meet: where the circles' centres are

const LIGHT = "--s:#fff;--i:#1a2027;--o:#545d67;--l:#dfded7;--e:#81878e;--a:#1c5775;--t:#e4eff5;--f:#1a73e8";
const DARK = "--s:#1c2125;--i:#e9e8e4;--o:#a9b2ba;--l:#323940;--e:#7b858e;--a:#8cc6e2;--t:#1a303c;--f:#8ab4f8";
const STYLE = `
:host { display: none; color-scheme: light; ${LIGHT} }
:host([shown]) { display: block; }
:host([theme="dark"]) { color-scheme: dark; ${DARK} }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { color-scheme: dark; ${DARK} } }
* { box-sizing: border-box; margin: 0; }
aside {
  border: 1px solid var(--community-note-line, var(--l)); border-radius: var(--community-note-radius, .625rem);
  overflow: hidden; background: var(--community-note-surface, var(--s)); color: var(--community-note-ink, var(--i));
  font: var(--community-note-font, 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
  text-align: start;
}
aside > * { padding: .5rem 1rem; }
.title {
  display: flex; gap: .5rem; align-items: center; padding-block: .625rem; font-size: 1em; font-weight: 700;
  background: var(--community-note-tint, var(--t));
}
svg { flex: none; inline-size: 1.25em; block-size: 1.25em; fill: none; stroke: var(--community-note-accent, var(--a));
  stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.text { padding-block: .75rem; white-space: pre-line; overflow-wrap: anywhere; }
.ask, .fine { border-block-start: 1px solid var(--community-note-line, var(--l)); }
.ask { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.ask p { font-weight: 600; }
.fine { font-size: .8125em; color: var(--community-note-ink-soft, var(--o)); }
a { color: var(--community-note-accent, var(--a)); text-underline-offset: .15em; border-radius: 2px; }
a:focus-visible { outline: 3px solid var(--community-note-focus, var(--f)); outline-offset: 2px; }
.rate {
  display: inline-flex; align-items: center; min-block-size: 2.25rem; padding: .25rem .875rem; font-weight: 600;
  font-size: .875em; text-decoration: none; border: 1px solid var(--community-note-edge, var(--e)); border-radius: .375rem;
}
@media (pointer: coarse) { .rate { min-block-size: 2.75rem; } }
@media print { .ask { display: none; } }`;

const sheet = new CSSStyleSheet(); // made by script, so that no page's policy on styles stands in the way
sheet.replaceSync(STYLE);

/** Make an element: attributes by name, children as nodes or text; nothing is ever parsed as HTML. */
function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
  if (attributes.class) made.setAttribute("part", attributes.class);
  made.append(...children);
  return made;
}

function link(url, attributes, text) {
  const safe = /^https?:\/\//i.test(url);
  return safe ? make("a", { href: url, rel: "nofollow ugc noopener", target: "_blank", ...attributes }, text) : text;
}

function icon() {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("aria-hidden", "true");
  for (const cx of ICON) {
    const circle = drawn.appendChild(document.createElementNS(SVG, "circle"));
    for (const [key, value] of Object.entries({ cx, cy: 12, r: 5.5 })) circle.setAttribute(key, value);
  }
  return drawn;
}

/** Return the card of what the site answered, as the site itself shows it. */
function card({ page, pieces, note }, words) {
  const text = pieces.map(({ text, url }) => (url ? link(url, { part: "link" }, text) : text));
  return make("aside", { class: "card", role: "note", "aria-label": words.title, lang: words.language, dir: words.direction },
    make("p", { class: "title" }, icon(), words.title),
    make("p", { class: "text", dir: "auto", lang: note.language }, ...text),
    make("div", { class: "ask" }, make("p", {}, words.question), link(page, { class: "rate" }, words.rate)),
    make("p", { class: "fine" }, `${words.origin} `, link(words.about, {}, words.more)),
  );
}

const known = new Map(); // from language and address to the answer of the site, or its promise
let waiting = []; // {url, lang, tell, fail} since the last question
let timer = 0;

/** Promise what shows on a post; every address is asked for once. */
function shownOn(url, lang) {
  const key = `${lang} ${url}`;
  if (!known.has(key)) {
    const answer = new Promise((tell, fail) => waiting.push({ url, lang, tell, fail }));
    answer.catch(() => known.delete(key)); // an element that comes later may try again
    known.set(key, answer);
    timer ||= setTimeout(askAll, 0); // after all elements of this moment are there
  }
  return known.get(key);
}

function askAll() {
  const languages = new Set(waiting.map((one) => one.lang)); // nearly always one
  const asking = waiting;
  waiting = [];
  timer = 0;
  for (const lang of languages) {
    const all = asking.filter((one) => one.lang === lang);
    all.sort((a, b) => (a.url < b.url ? -1 : 1)); // the same posts are the same question, which caches know
    while (all.length) ask(all.splice(0, MOST), lang);
  }
}

async function ask(asked, lang) {
  try {
    const urls = asked.map((one) => one.url);
    const question = new URL("/api/v1/shown", SITE);
    question.search = new URLSearchParams([["lang", lang], ...urls.map((url) => ["url", url])]);
    const options = { credentials: "omit", mode: "cors", referrerPolicy: "no-referrer" };
    const response = question.href.length <= LONGEST
      ? await fetch(question, options)
      : await fetch(new URL("/api/v1/shown", SITE), { ...options, method: "POST", body: JSON.stringify({ urls, lang }) });
    if (!response.ok) throw new Error(`${response.status} of ${SITE.host}`);
    const { shown, words } = await response.json();
    const found = new Map(shown.map((one) => [one.url, one]));
    for (const one of asked) one.tell({ found: found.get(one.url) ?? null, words });
  } catch (error) {
    for (const one of asked) one.fail(error);
  }
}

class CommunityNote extends HTMLElement {
  static observedAttributes = ["url", "lang"];

  #root = this.attachShadow({ mode: "open" });
  #asked = ""; // what the element shows or waits for; an answer to an older question is dropped

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.#show();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  async #show() {
    const lang = this.closest("[lang]")?.lang || navigator.language || "en";
    const url = this.#address();
    const asked = `${lang} ${url}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    if (!url) return this.#put(null);
    try {
      const { found, words } = await shownOn(url, lang);
      if (asked === this.#asked) this.#put(found, words);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#asked = "";
      this.#put(null);
      this.#say("community-note-error", { url, error });
    }
  }

  #address() {
    try {
      const url = new URL(this.getAttribute("url"), document.baseURI);
      return this.hasAttribute("url") && /^https?:$/.test(url.protocol) ? url.href : "";
    } catch {
      return "";
    }
  }

  #put(found, words) {
    this.#root.replaceChildren(...(found ? [card(found, words)] : []));
    this.toggleAttribute("shown", Boolean(found));
    if (words) this.#say("community-note", { note: found?.note ?? null });
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

if (!customElements.get("community-note")) customElements.define("community-note", CommunityNote);
