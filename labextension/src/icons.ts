// Shapes of 16 x 16, drawn with a line of 1.5: each state has its own, so that colour is never all that tells.
import { LabIcon } from '@jupyterlab/ui-components';

const SHAPES = {
  panel: '<path d="M5 2.5H2.5v11H5M11 2.5h2.5v11H11"/><path d="M5 8.3l2.2 2.2L11.2 6"/>',
  fresh: '<path d="M3.5 8.5l3 3 6-7"/>',
  stale: '<path d="M13 8a5 5 0 1 1-1.6-3.7"/><path d="M13.2 1.8v3.4H9.8"/>',
  'never-run': '<circle cx="8" cy="8" r="5" stroke-dasharray="2.6 2.6"/>',
  'hidden-state':
    '<path d="M8 1.5L14.5 8 8 14.5 1.5 8z" fill="currentColor"/><path d="M8 5v3.6M8 10.6v.6" stroke="var(--jp-layout-color1)" stroke-width="1.7"/>',
  'not-repeatable': '<path d="M2.5 6h11M2.5 10h11M11 2.5l-6 11"/>',
  parameters:
    '<path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6"/><circle cx="10" cy="4.5" r="1.8"/><circle cx="6" cy="11.5" r="1.8"/>',
  data: '<ellipse cx="8" cy="4" rx="5" ry="2"/><path d="M3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2"/>',
  train: '<path d="M2.5 2.5v11h11"/><path d="M4.5 5c1 5 4 6 8.5 6.3"/>',
  evaluate: '<path d="M2.5 11.5a5.8 5.8 0 1 1 11 0"/><path d="M8 11l2.8-4"/>',
  serve: '<path d="M8 10V2M4.8 5L8 1.8 11.2 5"/><path d="M3 9.5v4h10v-4"/>',
  skip: '<circle cx="8" cy="8" r="5.5"/><path d="M4.2 11.8l7.6-7.6"/>',
  none: '<path d="M4 8h8"/>',
  error:
    '<circle cx="8" cy="8" r="6.3" fill="currentColor"/><path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" stroke="var(--jp-layout-color1)"/>',
  warning: '<path d="M8 2l6.3 11.5H1.7z"/><path d="M8 6.3v3.4M8 11.3v.5"/>',
  info: '<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.8M8 4.8v.6"/>',
  out: '<circle cx="8" cy="8" r="4"/>',
  caret: '<path d="M4.5 6.5L8 10l3.5-3.5"/>',
  right: '<path d="M6.5 4.5L10 8l-3.5 3.5"/>',
  play: '<path d="M4.5 2.5v11l9-5.5z" fill="currentColor" stroke="none"/>',
  rec: '<circle cx="8" cy="8" r="5.5"/><circle cx="8" cy="8" r="2.8" fill="currentColor" stroke="none"/>'
} as const;

export type Shape = keyof typeof SHAPES;

/** A shape as markup; what it means has to stand beside it or in the label of what it is in. */
export function svg(shape: Shape, size: 14 | 16 = 14): string {
  return (
    `<svg class="jp-mlops-icon" width="${size}" height="${size}" viewBox="0 0 16 16" fill="none"` +
    ` stroke="currentColor" stroke-width="1.5" aria-hidden="true">${SHAPES[shape]}</svg>`
  );
}

/** The icon of the sidebar's tab. */
export const panelIcon = new LabIcon({
  name: 'jupyter-mlops:panel',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16" fill="none">' +
    `<g class="jp-icon3" stroke="#616161" stroke-width="1.4">${SHAPES.panel}</g></svg>`
});

/** The icon of a role's command. */
export function roleIcon(shape: Shape): LabIcon {
  return new LabIcon({
    name: `jupyter-mlops:${shape}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16" fill="none">' +
      `<g class="jp-icon3" stroke="#616161" stroke-width="1.5">${SHAPES[shape]}</g></svg>`
  });
}
