// A member at a browser, as far as `oidc-provider` can tell: follows redirects, keeps cookies, fills in its pages.

export class Member {
  cookies = [];

  constructor(issuer, login = 'member-1') {
    Object.assign(this, { issuer, login });
  }

  async ask(url, form) {
    const { pathname } = new URL(url);
    const fitting = this.cookies.filter((cookie) => pathname.startsWith(cookie.path));
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      redirect: 'manual',
      headers: { cookie: fitting.map(({ name, value }) => `${name}=${value}`).join('; ') },
    });
    response.headers.getSetCookie().forEach((line) => this.keep(line));
    return response;
  }

  keep(line) {
    const [pair, ...attributes] = line.split(/; */);
    const [name, ...value] = pair.split('=');
    const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? '/';
    this.cookies = this.cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
    if (value.join('=') !== '') this.cookies.push({ name, value: value.join('='), path });
  }

  /** Signs in and agrees, or declines. Gives the address that the browser is sent to at last, without going there. */
  async visit(url, { agrees = true } = {}) {
    let response = await this.ask(url);
    for (let steps = 0; steps < 20; steps += 1) {
      const to = response.headers.get('location');
      if (to) {
        const target = new URL(to, this.issuer);
        if (target.origin !== this.issuer) return target;
        response = await this.ask(target.href);
        continue;
      }
      const page = await response.text();
      const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
      const prompt = /name="prompt"[^>]*value="([a-z]+)"/.exec(page)?.[1];
      if (!action || !prompt) throw new Error(`a page without a form, status ${response.status}: ${words(page)}`);
      if (prompt === 'consent' && !agrees) response = await this.ask(`${new URL(action, this.issuer).href}/abort`);
      else response = await this.ask(new URL(action, this.issuer).href, { prompt, login: this.login, password: 'x' });
    }
    throw new Error('redirects without end');
  }
}

const words = (page) => page.replace(/<(style|script)[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 300);
