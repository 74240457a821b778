import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

export const hasPython = spawnSync('python3', ['--version']).status === 0;

/** Examples of documents ask by `requests`, which is not everywhere: these few lines ask the same. */
const prelude = String.raw`
import json, os, sys, urllib.parse, urllib.request
true, false = True, False

class Response:
    def __init__(self, answer): self.status_code, self.headers, self.content = answer.status, answer.headers, answer.read()
    def json(self): return json.loads(self.content)

class requests:
    @staticmethod
    def ask(method, url, body=None):
        url = url.replace('http://localhost:8080', os.environ['SERVER'])
        headers = {'authorization': 'Bearer ' + os.environ['TOKEN'], **({} if body is None else {'content-type': 'application/json'})}
        data = None if body is None else json.dumps(body).encode()
        return Response(urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers, method=method)))
    @classmethod
    def get(cls, url, params=None): return cls.ask('GET', url + ('' if params is None else '?' + urllib.parse.urlencode(params)))
    @classmethod
    def post(cls, url, json=None): return cls.ask('POST', url, json)
`;

export interface ExampleOptions {
  readonly url: string;
  readonly token: string;
  /** Where it writes its files. */
  readonly folder: string;
}

/** Runs a document's example as Python, with a bearer header on what it asks; answers what it printed. */
export async function runExample(script: string, { url, token, folder }: ExampleOptions): Promise<string> {
  const env = { ...process.env, SERVER: url, TOKEN: token };
  return (await promisify(execFile)('python3', ['-c', prelude + script], { env, cwd: folder, encoding: 'utf8' })).stdout;
}
