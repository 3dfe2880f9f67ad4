/** A site's cookie, as the browser holds it and hands it over. */

export interface SessionCookie {
  name: string;
  value: string;
}

/** RFC 6265, section 4.1.1; values a little wider, as browsers take them. Nothing that ends a header or begins another cookie. */
export const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
export const COOKIE_VALUE = /^[ -:<-~]{0,4096}$/;
