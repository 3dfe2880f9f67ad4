/** Which texts of a page cannot be read in full: they stick out of their box, or are cut off by one around it. Runs in the page. */

export function cutTexts(): string[] {
  // px; glyphs may reach a little out of their line
  const SIDE = 1;
  const ABOVE = 3;
  /** Read out only, shown when it has the focus, or a name whose whole is a title. */
  const ELSEWHERE = '.hidden, .skip, option, script, [title]';

  // The card is all of a site's page that is the extension's.
  const root = document.querySelector('video + div')?.shadowRoot ?? document.body;
  const cut = new Set<string>();
  const boxes = new Map<
    Element,
    Pick<CSSStyleDeclaration, 'display' | 'overflowX' | 'overflowY' | 'position'> & { edge: DOMRect }
  >();
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) cut.add(`the page is ${page.scrollWidth} wide in ${page.clientWidth}`);
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    const element = node.parentElement;
    if (!element?.checkVisibility({ visibilityProperty: true }) || element.closest(ELSEWHERE)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const why = [...range.getClientRects()].map(rect => reasonOf(rect, element)).find(Boolean);
    if (why) cut.add(`${why}: ${node.textContent?.trim()}`);
  }
  for (const field of root.querySelectorAll('select, input')) {
    if (!field.checkVisibility({ visibilityProperty: true })) continue;
    if (field instanceof HTMLSelectElement) lookAtSelect(field);
    else if (field instanceof HTMLInputElement) lookAtPlaceholder(field);
  }
  return [...cut];

  function reasonOf(text: DOMRect, element: Element): string | undefined {
    if (text.width <= SIDE) return undefined;
    let isBeside = true;
    let isAbove = true;
    for (let box: Element | null = element; box && box !== page; box = box.parentElement) {
      const { display, overflowX, overflowY, position, edge } = boxOf(box);
      if (display === 'inline' || display === 'contents') continue;
      const name = `${box.tagName.toLowerCase()}.${box.className || box.id}`;
      // What scrolls can be read in full, whatever is around it.
      isBeside &&= !['auto', 'scroll'].includes(overflowX);
      isAbove &&= !['auto', 'scroll'].includes(overflowY);
      const sticksOut = text.left < edge.left - SIDE || text.right > edge.right + SIDE;
      if (isBeside && sticksOut) return `beside ${name}, ${Math.round(text.width)} in ${Math.round(edge.width)}`;
      const clips = ['hidden', 'clip'].includes(overflowY);
      const isUnder = text.top < edge.top - ABOVE || text.bottom > edge.bottom + ABOVE;
      if (isAbove && clips && isUnder) return `above or below ${name}`;
      if (position === 'fixed') return undefined;
    }
    return undefined;
  }

  function boxOf(element: Element) {
    const known = boxes.get(element);
    if (known) return known;
    const { display, overflowX, overflowY, position } = getComputedStyle(element);
    const box = { display, overflowX, overflowY, position, edge: element.getBoundingClientRect() };
    boxes.set(element, box);
    return box;
  }

  /** A select that has all the room it wants is as wide as its widest option. */
  function lookAtSelect(select: HTMLSelectElement): void {
    const wide = select.cloneNode(true);
    if (!(wide instanceof HTMLSelectElement)) return;
    Object.assign(wide.style, { position: 'absolute', visibility: 'hidden', width: 'auto', maxWidth: 'none' });
    select.after(wide);
    const [room, wanted] = [select, wide].map(each => each.getBoundingClientRect().width);
    wide.remove();
    if (wanted! > room! + SIDE) cut.add(`select ${select.id}, ${Math.round(wanted!)} in ${Math.round(room!)}`);
  }

  function lookAtPlaceholder(input: HTMLInputElement): void {
    const context = document.createElement('canvas').getContext('2d');
    if (input.placeholder === '' || !context) return;
    const { font, paddingLeft, paddingRight } = getComputedStyle(input);
    context.font = font;
    const wanted = context.measureText(input.placeholder).width;
    const room = input.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    if (wanted > room + SIDE)
      cut.add(`placeholder, ${Math.round(wanted)} in ${Math.round(room)}: ${input.placeholder}`);
  }
}
