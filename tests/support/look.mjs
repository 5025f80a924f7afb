// Looks at a page as people do: what is cut off, what is too pale, what has no name.

/** Elements below `selector` that stick out of the window sideways: [] when all is well. */
export function outside(page, selector) {
  return page.locator(selector).evaluate((root) => {
    const found = [];
    for (const node of [root, ...root.querySelectorAll("*")]) {
      if (node.closest(".visually-hidden") || !node.checkVisibility({ visibilityProperty: true })) continue;
      const { left, right, width } = node.getBoundingClientRect();
      if (width > 0 && (left < -1 || right > innerWidth + 1))
        found.push(`${node.tagName} ${node.id} ${node.className} ${left}..${right}`);
    }
    return found;
  });
}

/** Visible texts whose contrast with their ground is under 4.5 (WCAG AA). */
export function weakTexts(page) {
  return page.evaluate(() => {
    const parse = (color) => color.match(/[\d.]+/g).map(Number);
    const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

    function ground(node) {
      for (let at = node; at !== null; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color.length < 4 || color[3] === 1) return color;
      }
      return [255, 255, 255];
    }

    const weak = [];
    for (const node of document.body.querySelectorAll("*")) {
      const says = Array.from(node.childNodes, (child) =>
        child.nodeType === Node.TEXT_NODE ? child.data.trim() : "",
      ).join("");
      if (
        says === "" ||
        node.closest(".visually-hidden, noscript, dialog:not([open])") ||
        !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      )
        continue;
      const contrast = ratio(luminance(parse(getComputedStyle(node).color)), luminance(ground(node)));
      if (contrast < 4.5) weak.push(`${contrast.toFixed(2)} ${node.tagName}.${node.className} "${says.slice(0, 30)}"`);
    }
    return weak;
  });
}

/** Buttons, fields and links that a screen reader could not name. */
export function nameless(page) {
  return page.evaluate(() => {
    const named = (node) =>
      node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.[0]?.textContent.trim();
    return Array.from(document.querySelectorAll("button, input, textarea, a"))
      .filter((node) => !named(node))
      .map((node) => node.outerHTML);
  });
}
