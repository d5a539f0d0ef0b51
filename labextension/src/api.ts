// The routes of the server extension, and what they answer.
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { Failure, Finding, NotebookCheck, NotebookState, PageNotebook } from './types';

/** What stopped a request, in words for people; `status` is 0 where the server did not answer at all. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly findings: readonly Finding[]
  ) {
    super(findings.map(finding => finding.message).join('; '));
  }

  /** Whether the server asks for all cells again. */
  get wantsAll(): boolean {
    return this.status === 409;
  }
}

export class Api {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  judge(notebook: PageNotebook): Promise<NotebookState> {
    return this._ask('notebook', 'POST', notebook);
  }

  check(notebook: PageNotebook): Promise<NotebookCheck> {
    return this._ask('check', 'POST', notebook);
  }

  /** Tell that a page closed a notebook; nobody waits for it. */
  async close(page: string, path: string): Promise<void> {
    const query = URLExt.objectToQueryString({ page, path });
    await this._request(`notebook${query}`, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  }

  private async _ask<T>(route: string, method: string, body: unknown): Promise<T> {
    const response = await this._request(route, { method, body: JSON.stringify(body) });
    const text = await response.text();
    if (response.ok) {
      return JSON.parse(text) as T;
    }
    throw new RequestError(response.status, findingsOf(response, text));
  }

  private async _request(route: string, init: RequestInit): Promise<Response> {
    const url = URLExt.join(this._settings.baseUrl, 'jupyter-mlops', 'api', route);
    try {
      return await ServerConnection.makeRequest(url, init, this._settings);
    } catch (error) {
      throw new RequestError(0, [
        { code: 'unreachable', message: 'The server does not answer.', reason: String(error) }
      ]);
    }
  }
}

function findingsOf(response: Response, text: string): Finding[] {
  try {
    const body = JSON.parse(text) as Partial<Failure> & { message?: string };
    return body.findings ?? [{ code: 'refused', message: body.message || response.statusText }];
  } catch {
    return [{ code: 'refused', message: `${response.status} ${response.statusText}` }];
  }
}
