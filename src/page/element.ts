/** The element with this id; the page's own markup promises that it is there. */
export function byId<E extends Element = HTMLElement>(id: string): E {
  const element = document.querySelector<E>(`#${id}`);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** Changes a text only where it differs, so that a screen reader says it once. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setMark(use: Element, mark: string): void {
  const href = `#mark-${mark}`;
  if (use.getAttribute('href') !== href) use.setAttribute('href', href);
}
