"""What every page must be for everybody: labels, headings, names, contrast, no sideways scrolling.

Owns the rules, as one script that is run on a page and tells what breaks them. They are a part of what axe checks, without axe.
"""

SCRIPT = r"""
(() => {
  const faults = [];
  const fault = (what, node) => faults.push(`${what}: ${node?.outerHTML?.slice(0, 140) ?? ""}`);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.display === "none" || style.visibility === "hidden" || one.hidden) return false;
    }
    return true;
  };
  const name = (node) =>
    (node.getAttribute("aria-label") || node.innerText || node.title || [...node.querySelectorAll("img")].map((one) => one.alt).join("")).trim();

  if (!document.documentElement.lang) fault("no language");
  if (!document.title.endsWith("Qwarden")) fault("no title");
  for (const landmark of ["header", "main", "footer"]) if (all(landmark).length !== 1) fault(`not one ${landmark}`);
  const ids = all("[id]").map((one) => one.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => fault(`id ${id} is there twice`));
  for (const one of all("[aria-labelledby], [aria-describedby], label[for]"))
    for (const attribute of ["aria-labelledby", "aria-describedby", "for"])
      for (const id of (one.getAttribute(attribute) ?? "").split(" ").filter(Boolean))
        if (!document.getElementById(id)) fault(`${attribute} points nowhere`, one);
  const headings = all("h1, h2, h3, h4, h5, h6").filter(seen).map((one) => Number(one.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1) fault("not one h1");
  headings.forEach((level, at) => at && level > headings[at - 1] + 1 && fault(`h${level} follows h${headings[at - 1]}`));
  for (const one of all("input:not([type=hidden]), select, textarea"))
    if (!one.labels?.length && !one.getAttribute("aria-label")) fault("no label", one);
  for (const one of all("a[href], button")) if (seen(one) && !name(one)) fault("no name", one);
  for (const one of all("nav")) if (!one.getAttribute("aria-label")) fault("a nav without a name", one);
  for (const one of all("img")) if (!one.hasAttribute("alt")) fault("no alt", one);
  for (const one of all("svg")) if (one.getAttribute("aria-hidden") !== "true" && !one.getAttribute("aria-label")) fault("a drawing without words", one);
  for (const one of all("table")) if (!one.caption) fault("a table without a caption", one);
  for (const one of all("th")) if (!one.scope) fault("a head of nothing", one);
  for (const one of all("[tabindex]")) if (one.tabIndex > 0) fault("an order of its own", one);
  for (const one of all("*")) for (const attribute of one.attributes) if (attribute.name.startsWith("on") || attribute.name === "style") fault("code or style in markup", one);

  // Contrast of every text against what is behind it.
  const colour = (text) => {
    const found = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return [found[0], found[1], found[2], found[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const behind = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found[3] > 0) layers.push(found);
      if (found[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((one) => ((one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = new Set();
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(node) || node.closest("svg, .sr, noscript, option, datalist, :disabled")) continue;
    const style = getComputedStyle(node);
    const ground = behind(node);
    const ink = over(colour(style.color), ground);
    const [a, b] = [light(ink), light(ground)].sort((one, other) => other - one);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.add(`contrast ${ratio.toFixed(2)} of ${node.tagName}.${node.className}: ${texts.currentNode.data.trim().slice(0, 40)}`);
  }
  faults.push(...poor);

  const wide = document.scrollingElement.scrollWidth;
  if (wide > innerWidth) {
    const out = all("main *").find((one) => seen(one) && one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".sr, .code, .raw, .text, details .scroll"));
    fault(`scrolls sideways, ${wide} in ${innerWidth}`, out);
  }
  return faults;
})()
"""


def faults(page):
    """Everything that is wrong with how a page is built and looks."""
    return page.run(SCRIPT)
