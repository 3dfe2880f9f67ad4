/** Which extensions the native host answers, by the browsers' own names for them. */

/** The native host, as extensions call it. */
export const HOST_NAME = 'lets_share_data';

/**
 * Chromium's ids: the unpacked one follows from `key` in extension/manifest.json. Each store gives its own on the first
 * upload; it is added here before that store's version is published.
 */
export const CHROMIUM_IDS = {
  unpacked: 'cmphlalhmhfnjpeoioiflibiljfeohbb',
} as const;

/** The same in every store: `browser_specific_settings.gecko.id`. */
export const GECKO_IDS = ['{9a2c4f07-498b-405a-8c0f-7d4a1315df08}'] as const;
