// The only ways in which the page makes elements: text goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** el('p', {class: 'x', title: 'y', onclick: fn}, 'text', child, null) */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A name written by somebody: isolated, so that its direction cannot disturb what stands around it. */
export const nameNode = (text, className) => el("bdi", { class: className }, text);

/**
 * Makes the children of `parent` those of `items`, in order, keeping the elements of those that stay:
 * focus, selection and scroll position survive.  `sign` says what an element was made from; `make` makes it anew.
 */
export function reconcile(parent, items, { key, sign, make }) {
  const old = new Map(Array.from(parent.children, (node) => [node.dataset.key, node]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const k = key(item);
    const s = sign(item);
    let node = old.get(k);
    old.delete(k);
    if (node === undefined || node.dataset.sign !== s) {
      const fresh = make(item);
      fresh.dataset.key = k;
      fresh.dataset.sign = s;
      if (node !== undefined) {
        if (at === node) at = fresh;
        node.replaceWith(fresh);
      }
      node = fresh;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const node of old.values()) node.remove();
}

const URL_PATTERN = /https?:\/\/[^\s<>"]+/gi;

function isAddress(text) {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** The text as nodes, with its web addresses as links.  Only http and https become links. */
export function textNodes(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const address = match[0].replace(/[.,;:!?'*)\]}]+$/, "");
    if (!isAddress(address)) continue;
    nodes.push(
      text.slice(done, match.index),
      el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address),
    );
    done = match.index + address.length;
  }
  nodes.push(text.slice(done));
  return nodes;
}
