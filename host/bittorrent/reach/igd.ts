/**
 * UPnP's Internet Gateway Device: finds the router on the local network (SSDP), and asks it to pass a TCP port on (SOAP).
 * Anyone on the network may answer, so an answer is believed about the very address it came from only.
 */

import { createSocket } from 'node:dgram';
import { request } from 'node:http';
import { isAllowed } from '../../platform/addresses.ts';
import type { MapPort } from './nat.ts';
import { MappingError } from './nat.ts';

const GROUP = '239.255.255.250';
const PORT = 1900;
/** ms in which routers answer (MX is 2 s) */
const SEARCH_MS = 3_000;
const ANSWER_MS = 5_000;
const MAX_ANSWER = 256 * 1024;
const TARGETS = [1, 2].map(version => `urn:schemas-upnp-org:device:InternetGatewayDevice:${version}`);
const SERVICE = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/;
/** "OnlyPermanentLeasesSupported" */
const ONLY_PERMANENT = '725';
/** s; a mapping without an end is confirmed as often as others */
const PERMANENT_SECONDS = 3_600;

interface Device {
  control: URL;
  service: string;
}

export const mapByUpnp: MapPort = async ({ port, lifetime, via }) => {
  const device = await find(via);
  const call = (action: string, fields: Record<string, string | number>) => soap(device, action, fields, via);
  const named = { NewRemoteHost: '', NewExternalPort: port, NewProtocol: 'TCP' };
  if (lifetime === 0) {
    await call('DeletePortMapping', named);
    return { address: '', lifetime: 0 };
  }
  const { local } = await call('GetExternalIPAddress', {});
  const wanted = {
    ...named,
    NewInternalPort: port,
    NewInternalClient: local,
    NewEnabled: 1,
    NewPortMappingDescription: 'Lets Share Data',
  };
  let granted = lifetime;
  try {
    await call('AddPortMapping', { ...wanted, NewLeaseDuration: lifetime });
  } catch (thrown) {
    if (!(thrown instanceof SoapFault) || thrown.code !== ONLY_PERMANENT) throw thrown;
    await call('AddPortMapping', { ...wanted, NewLeaseDuration: 0 });
    granted = PERMANENT_SECONDS;
  }
  // Some say yes and do nothing.
  const { body } = await call('GetSpecificPortMappingEntry', named);
  if (textIn(body, 'NewInternalClient') !== local) {
    throw new MappingError('router-refused', 'UPnP: the router does not know of the mapping that it said yes to');
  }
  const { body: external } = await call('GetExternalIPAddress', {});
  return { address: textIn(external, 'NewExternalIPAddress') ?? '', lifetime: granted };
};

async function find(via: string | null): Promise<Device> {
  for (const location of await search(via)) {
    try {
      const { body } = await http(location, 'GET', {}, '', via);
      const device = deviceOf(body, location);
      if (device) return device;
    } catch {
      // The next one may be it.
    }
  }
  throw new MappingError('no-router', 'UPnP: no router answered');
}

/** Where devices that call themselves a gateway describe themselves. */
function search(via: string | null): Promise<URL[]> {
  return new Promise(resolve => {
    const found = new Map<string, URL>();
    const socket = createSocket('udp4');
    const done = () => {
      clearTimeout(timer);
      socket.close();
      resolve([...found.values()]);
    };
    const timer = setTimeout(done, SEARCH_MS);
    socket.on('error', done);
    socket.on('message', (message, from) => {
      const location = locationOf(message.toString('latin1'), from.address);
      if (!location) return;
      found.set(location.href, location);
      done();
      socket.removeAllListeners('message');
    });
    socket.bind({ ...(via !== null && { address: via }) }, () => {
      try {
        if (via !== null) socket.setMulticastInterface(via);
        for (const target of TARGETS) socket.send(searchFor(target), PORT, GROUP);
      } catch {
        done();
      }
    });
  });
}

function searchFor(target: string): string {
  return `M-SEARCH * HTTP/1.1\r\nHOST: ${GROUP}:${PORT}\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: ${target}\r\n\r\n`;
}

/** Of an answer to a search; undefined where it is none, or speaks of another machine than the one that sent it. */
export function locationOf(answer: string, from: string): URL | undefined {
  if (!/^HTTP\/1\.1 200/.test(answer)) return undefined;
  const text = /^location:\s*(\S+)\s*$/im.exec(answer)?.[1];
  const location = text === undefined ? null : URL.parse(text);
  const isIts = location?.protocol === 'http:' && location.hostname === from && isAllowed(from, { lan: true });
  return isIts ? location : undefined;
}

/** The service of a device description (XML) that maps ports. */
export function deviceOf(description: string, location: URL): Device | undefined {
  for (const block of description.split('<service>').slice(1)) {
    const service = textIn(block, 'serviceType') ?? '';
    const control = URL.parse(textIn(block, 'controlURL') ?? '', location);
    if (SERVICE.test(service) && control?.host === location.host) return { control, service };
  }
  return undefined;
}

class SoapFault extends MappingError {
  readonly code: string;
  constructor(action: string, code: string) {
    super('router-refused', `UPnP: ${action} was refused (${code})`);
    this.code = code;
  }
}

async function soap(
  { control, service }: Device,
  action: string,
  fields: Record<string, string | number>,
  via: string | null,
): Promise<Answer> {
  const parts = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  const body = `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
<s:Body><u:${action} xmlns:u="${service}">${parts.join('')}</u:${action}></s:Body></s:Envelope>`;
  const headers = { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${service}#${action}"` };
  const answer = await http(control, 'POST', headers, body, via);
  if (answer.status !== 200) throw new SoapFault(action, textIn(answer.body, 'errorCode') ?? String(answer.status));
  return answer;
}

function textIn(xml: string, name: string): string | undefined {
  return new RegExp(`<(?:\\w+:)?${name}[^>]*>([^<]*)</`).exec(xml)?.[1]?.trim();
}

interface Answer {
  status: number;
  body: string;
  /** the address that the router sees us by */
  local: string;
}

function http(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string,
  via: string | null,
): Promise<Answer> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const options = { method, headers, signal, agent: false, ...(via !== null && { localAddress: via }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, response => {
      const local = response.socket.localAddress ?? '';
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER) response.destroy(new Error('UPnP: the answer is too long'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, local }));
      response.on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}
