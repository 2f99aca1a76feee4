/**
 * HTML of a stranger as nodes that can do nothing: only elements and attributes that are known to show something, no
 * address that anything could be fetched from, and no link that leads anywhere. It is shown in a frame that could run and
 * fetch nothing anyway; this is for what no policy stops, and says what was taken out.
 */

export interface Harmless {
  readonly content: DocumentFragment;
  readonly sheet: CSSStyleSheet;
  /** What was not loaded. */
  readonly remote: readonly { readonly address: string; readonly image: boolean }[];
  readonly links: readonly { readonly words: string; readonly address: string }[];
  /** What was taken out, and how often. */
  readonly removed: ReadonlyMap<string, number>;
  /** Whether there was more than is shown. */
  readonly cut: boolean;
}

const ELEMENTS = 10_000;
const DEPTH = 400;
const LISTED = 1000;
/** Characters of an address in `data:`. */
const DATA = 8 << 20;

const SHOWN = new Set(
  (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div " +
    "dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt " +
    "ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
  ).split(" "),
);
/** These go with all that is in them. */
const REMOVED = new Set(
  (
    "applet audio base canvas embed frame frameset iframe input link math meta noembed noframes object script select " +
    "source svg template textarea title track video portal fencedframe"
  ).split(" "),
);
/** Of which nobody needs to be told. */
const QUIET = new Set(["meta", "title", "source", "track"]);
const ATTRIBUTES = new Set(
  (
    "abbr align alt bgcolor border cellpadding cellspacing class clear color cols colspan compact datetime dir face height " +
    "hspace id lang nowrap open rowspan rules scope size span start summary title type valign value vspace width"
  ).split(" "),
);
const IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml)[;,]/i;

/** `frame` is where it will be shown; `images` are those that came with the message, by Content-ID. */
export function harmless(html: string, frame: Document, images: ReadonlyMap<string, string>): Harmless {
  const window = frame.defaultView as unknown as typeof globalThis;
  // The content of a template: nothing in it runs or loads. Made by the frame, so that it is under the frame's policy.
  const inert = frame.createElement("template");
  inert.innerHTML = quieted(html);
  const content = frame.createDocumentFragment();
  const remote: { address: string; image: boolean }[] = [];
  const links: { words: string; address: string }[] = [];
  const removed = new Map<string, number>();
  let styles = "";
  let elements = 0;
  let cut = false;

  const count = (what: string): void => void removed.set(what, (removed.get(what) ?? 0) + 1);
  const notLoaded = (address: string, image = true): void =>
    void (remote.length < LISTED && remote.push({ address, image }));

  const image = (address: string): string | undefined => {
    const cid = /^cid:(.*)$/is.exec(address)?.[1];
    if (cid !== undefined) return images.get(cid) ?? images.get(decoded(cid));
    return IMAGE.test(address) && address.length <= DATA ? address : undefined;
  };

  /** A browser has read it, and written it: without escapes, and with quotes around addresses. */
  const quiet = (css: string): string =>
    css.replace(/(?:url|src)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)]*)\s*\)/gi, (_, quoted: string) => {
      const address = quoted.replace(/^["']|["']$/g, "");
      const known = image(address);
      if (known !== undefined) return `url("${known.replaceAll('"', "%22")}")`;
      notLoaded(address);
      return "none";
    });

  const picture = (element: Element): Node => {
    const address = spoken(element.getAttribute("src") ?? element.getAttribute("srcset") ?? "").trim();
    const known = image(address);
    if (known === undefined) {
      if (address !== "") notLoaded(address);
      const place = frame.createElement("span");
      place.className = "edgepost-remote";
      const alt = spoken(element.getAttribute("alt") ?? "");
      place.textContent = `${alt === "" ? "image" : `image “${alt}”`}, not loaded: ${shortened(address || "no address")}`;
      place.title = address;
      return place;
    }
    const shown = attributed(element, frame.createElement("img"));
    (shown as HTMLImageElement).src = known;
    return shown;
  };

  const attributed = (from: Element, to: HTMLElement): HTMLElement => {
    for (const { name, value } of from.attributes) {
      if (ATTRIBUTES.has(name)) to.setAttribute(name, spoken(value));
      else if (name.startsWith(MUTE) || name.startsWith("on")) count("event handler");
      else if (name === "background" && value !== "") notLoaded(value);
    }
    const style = (from as Partial<HTMLElement>).style?.cssText ?? "";
    if (style !== "") to.setAttribute("style", quiet(style));
    return to;
  };

  const copy = (node: Node, into: Node, depth: number): void => {
    for (const child of node.childNodes) {
      if (child.nodeType === 3) into.appendChild(frame.createTextNode(spoken(child.nodeValue ?? "")));
      if (child.nodeType !== 1) continue;
      if (++elements > ELEMENTS || depth > DEPTH) {
        cut = true;
        return;
      }
      const element = child as Element;
      const name = element.localName === BODY ? "div" : element.localName;
      if (name === "style") styles += `${spoken(element.textContent ?? "")}\n`;
      else if (REMOVED.has(name)) {
        if (name === "meta" && /refresh/i.test(element.getAttribute("http-equiv") ?? "")) count("refresh");
        else if (!QUIET.has(name)) count(name);
        for (const attribute of ["src", "href", "data", "poster"]) {
          const address = element.getAttribute(attribute) ?? "";
          if (/^(?:https?:)?\/\//i.test(address) && name !== "base") notLoaded(address, false);
        }
      } else if (name === "img") into.appendChild(picture(element));
      else if (SHOWN.has(name)) {
        const shown = attributed(element, frame.createElement(name));
        const href = name === "a" ? element.getAttribute("href") : null;
        if (href !== null) {
          const address = spoken(href);
          shown.classList.add("edgepost-link");
          shown.title = address;
          if (links.length < LISTED)
            links.push({
              words: spoken(element.textContent ?? "")
                .trim()
                .slice(0, 200),
              address,
            });
        }
        copy(element, shown, depth + 1);
        into.appendChild(shown);
      } else {
        if (name === "form" || name === "button") count(name);
        copy(element, into, depth + 1);
      }
    }
  };

  copy(inert.content, content, 0);
  const sheet = new window.CSSStyleSheet();
  const known = rules(styles, window).map(quiet);
  sheet.replaceSync(known.filter((rule) => !/^@font-face/i.test(rule)).join("\n"));
  return { content, sheet, remote, links, removed, cut };

  /** The rules as the browser has read them; `@import` is none here. */
  function rules(text: string, { CSSStyleSheet }: typeof globalThis): string[] {
    for (const [, address] of text.matchAll(/@import\s+(?:url\(\s*)?["']?([^"')\s;]+)/gi))
      notLoaded(address!, false);
    const read = new CSSStyleSheet();
    // Whoever writes the name of a rule with escapes hides something.
    read.replaceSync(text.replace(/@import\b[^;]*;?|@[\w-]*\\[^;{]*[;{]?/gi, ""));
    return [...read.cssRules].map(({ cssText }) => cssText);
  }
}

/** Stands before what would be a handler of events, and as the name of what is the body. */
const MUTE = "\ufdd0";
const BODY = "edgepost-body";

/**
 * In a template there is no body, and its attributes would be lost. Handlers of events could not run, but a browser says so
 * on its console, each time.
 */
function quieted(html: string): string {
  return html
    .replaceAll(MUTE, "\ufffd")
    .replace(/<(\/?)body(?=[\s/>])/gi, `<$1${BODY}`)
    .replace(/([\s"'/])(?=on[a-z]+\s*=)/gi, `$1${MUTE}`);
}

/** What was no handler, but text. */
function spoken(text: string): string {
  return text.replaceAll(MUTE, "");
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

function shortened(address: string): string {
  return address.length > 90 ? `${address.slice(0, 60)}…${address.slice(-20)}` : address;
}
