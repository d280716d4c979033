/*
 * sites: who asked for the memory that is in use: a flame graph and a table, of a profile that can be
 * started and stopped here.
 */

import { createFlame } from './flame.js';
import { bytes, table } from './format.js';
import { sitesOf, treeOf } from './profile.js';

const MOST_SITES = 50;

const OFF =
  'A profile samples where memory is asked for, about every 512 KiB, and shows what of it is still in use. ' +
  'It knows of what is asked for once it has been started.';
const EMPTY = 'Nothing that was sampled since the start of the profile is in use.';

/**
 * Makes the section's contents.
 *
 * @param {{ flame: HTMLElement, sites: HTMLElement, state: HTMLElement, button: HTMLElement,
 *   downloads: HTMLElement[] }} elements
 * @returns {{ show(profile: object|undefined): void, isRunning(): boolean }}
 */
export function createSites({ flame: field, sites, state, button, downloads }) {
  const flame = createFlame(field);
  let isRunning = false;

  return {
    isRunning: () => isRunning,

    show(profile) {
      isRunning = profile !== undefined;
      button.textContent = isRunning ? 'Stop the profile' : 'Start a profile';
      for (const link of downloads) link.hidden = !isRunning;
      const tree = isRunning ? treeOf(profile) : undefined;
      const isEmpty = !isRunning || tree.value === 0;
      field.hidden = isEmpty;
      state.textContent = !isRunning ? OFF : isEmpty ? EMPTY : '';
      if (isEmpty) return sites.replaceChildren();
      flame.show(tree);
      const rows = sitesOf(tree)
        .slice(0, MOST_SITES)
        .map(({ name, place, bytes: size }) => [
          bytes(size),
          `${((100 * size) / tree.value).toFixed(1)} %`,
          name,
          place,
        ]);
      const columns = [['In use', true], ['Share', true], ['Function'], ['Where']];
      return sites.replaceChildren(table(columns, rows));
    },
  };
}
