// Elements in one call: tag, attributes, children (texts are texts, never markup).

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const h = (tag, attributes, ...children) =>
  build(document.createElement(tag), attributes, children);

export const svg = (tag, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

export const byId = (id) => document.getElementById(id);

// Calls run at most once a frame, with the newest arguments.
export function onFrame(run) {
  let waiting = null;
  return (...last) => {
    if (waiting === null) requestAnimationFrame(() => {
      const now = waiting;
      waiting = null;
      run(...now);
    });
    waiting = last;
  };
}
