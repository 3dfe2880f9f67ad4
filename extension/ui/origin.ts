/** An origin as its parts, spelled the way it cannot lie: hosts in ASCII, the port always visible when it is not the scheme's own. */

export interface OriginParts {
  scheme: string;
  /** ASCII: letters of other alphabets stay punycode, so look-alikes look different */
  host: string;
  /** with its colon; '' where it is the scheme's own */
  port: string;
  /** nothing protects what is sent on the way */
  plain: boolean;
  punycode: boolean;
}

export function originParts(origin: string): OriginParts {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (!url?.host) return { scheme: '', host: origin, port: '', plain: false, punycode: false };
  return {
    scheme: `${url.protocol}//`,
    host: url.hostname,
    port: url.port && `:${url.port}`,
    plain: url.protocol !== 'https:' && !isLoopback(url.hostname),
    punycode: /(^|\.)xn--/.test(url.hostname),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\./.test(host);
}
