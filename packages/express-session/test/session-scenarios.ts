import {
  count,
  countOnPut,
  countUnlessPut,
  lasting,
  minute,
  put,
  type Scenario,
  thrice,
} from './scenario.ts';

/** What becomes of a session over several requests, and of what a store does. */
export const sessionScenarios: readonly Scenario[] = [
  { name: 'a visitor is counted over requests', app: count, steps: thrice },
  {
    name: 'a cookie with an end is set whenever the session changes',
    options: { cookie: lasting },
    app: count,
    steps: thrice,
  },
  {
    name: 'a cookie with an end is not set for a session that did not change',
    options: { cookie: lasting },
    app: countOnPut,
    steps: [put, ...thrice, put],
  },
  {
    name: 'resave: false',
    options: { resave: false, cookie: lasting },
    app: countOnPut,
    steps: [put, ...thrice, put],
  },
  {
    name: 'resave: false, a cookie without an end',
    options: { resave: false },
    app: countOnPut,
    steps: [put, ...thrice, put],
  },
  {
    name: 'saveUninitialized: false',
    options: { saveUninitialized: false },
    app: countOnPut,
    steps: [{}, put, ...thrice],
  },
  {
    name: 'saveUninitialized: false and resave: false',
    options: { saveUninitialized: false, resave: false, cookie: lasting },
    app: countOnPut,
    steps: [{}, put, ...thrice],
  },
  {
    name: 'rolling',
    options: { rolling: true, cookie: lasting },
    app: countOnPut,
    steps: [put, ...thrice],
  },
  {
    name: 'rolling: nothing for a new session that is not saved',
    options: { rolling: true, saveUninitialized: false, resave: false },
    app: countOnPut,
    steps: [{}, {}, put, ...thrice],
  },
  {
    name: 'a change deep inside a value is seen',
    options: { resave: false },
    app: (request, response) => {
      request.session.user ??= { name: 'ben', cookie: 0 };
      const { user } = request.session;
      user.cookie = (user.cookie ?? 0) + 1;
      response.send(JSON.stringify(request.session.user));
    },
    steps: thrice,
  },
  {
    name: 'a value set to what it was is no change',
    options: { resave: false, cookie: lasting },
    app: (request, response) => {
      request.session.user = { name: 'cat' };
      request.session.at = new Date(0);
      response.send('same');
    },
    steps: thrice,
  },
  {
    name: 'an id that the store does not know gives a new session',
    app: count,
    steps: [{}, { disturb: (store) => store.clear() }, {}],
  },
  {
    name: 'a session that ran out gives a new one',
    options: { cookie: { maxAge: 5_000 } },
    app: count,
    steps: [{}, { after: 4_000 }, { after: 6_000 }],
  },
  {
    name: 'regenerate gives another id and nothing of the old data',
    options: { saveUninitialized: false, resave: false },
    app: countUnlessPut((request, response) => {
      const { id } = request.session;
      request.session.regenerate((error) =>
        response.send(`${error} ${request.session.id === id} ${request.session.count}`),
      );
    }),
    steps: [{}, put, {}, {}],
  },
  {
    name: 'destroy takes the session off the request and out of the store',
    app: countUnlessPut((request, response) => {
      request.session.destroy((error) => response.send(`${error} ${typeof request.session}`));
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'destroy needs no callback',
    app: countUnlessPut((request, response) => {
      request.session.destroy();
      response.redirect('/');
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'save saves once',
    options: { resave: false },
    app: (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      request.session.save((error) => response.send(`${error} ${request.session.count}`));
    },
    steps: thrice,
  },
  {
    name: 'save saves once, with the old defaults',
    options: { cookie: lasting },
    app: (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      request.session.save((error) => response.send(`${error} ${request.session.count}`));
    },
    steps: thrice,
  },
  {
    name: 'what changes after save is saved as well',
    options: { resave: false },
    app: (request, response) => {
      request.session.count = 1;
      request.session.save(() => {
        request.session.count = 2;
        response.send('twice');
      });
    },
    steps: [{}, {}],
  },
  {
    name: 'reload brings back what the store has',
    options: { resave: false, cookie: lasting },
    app: countUnlessPut((request, response) => {
      request.session.count = 99;
      request.session.reload((error) => response.send(`${error} ${request.session.count}`));
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'reload says when there is nothing',
    app: (request, response) => {
      request.session.reload((error) => response.status(500).send(`${error}`));
    },
    steps: [{}],
  },
  {
    name: 'touch begins the lifetime anew',
    showsRenewal: true,
    options: { resave: false, cookie: lasting },
    app: (request, response) => {
      request.session.count ??= 1;
      const left = request.session.cookie.maxAge;
      response.send(`${left} ${request.session.touch().cookie.maxAge}`);
    },
    steps: thrice,
  },
  {
    name: 'unset: keep leaves the record',
    options: { resave: false },
    app: countUnlessPut((request, response) => {
      Reflect.set(request, 'session', null);
      response.send('unset');
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'unset: destroy removes the record',
    options: { unset: 'destroy' },
    app: countUnlessPut((request, response) => {
      Reflect.deleteProperty(request, 'session');
      response.send('unset');
    }),
    steps: [{}, put, {}, { ...put, cookie: 'none' }],
  },
  {
    name: 'keys of a record that are methods are no data',
    options: { resave: true },
    app: count,
    steps: [
      {},
      {
        disturb: (store, id) => {
          const record = JSON.parse(store.sessions[id] ?? '') as object;
          store.sessions[id] = JSON.stringify({
            ...record,
            save: 'nope',
            id: 'x',
            __proto__: { a: 1 },
          });
        },
      },
    ],
  },
  {
    name: 'a record without a cookie is an error',
    app: count,
    steps: [
      {},
      {
        disturb: (store, id) => {
          store.sessions[id] = '{"foo":"bar"}';
        },
      },
    ],
  },
  {
    name: 'only data and the cookie are enumerable',
    app: (request, response) => {
      request.session.count = 1;
      const names: string[] = [];
      for (const name in request.session) names.push(name);
      response.send(`${names.sort()} ${Object.keys(request.session).sort()}`);
    },
    steps: [{}, {}],
  },
  {
    name: 'a session id that is no text is not saved',
    app: (request, response) => {
      Reflect.set(request, 'sessionID', () => 'x');
      request.session.count = 1;
      response.end();
    },
    steps: [{}],
  },
  {
    name: 'a session made elsewhere is left alone',
    before: [
      (request, _response, next) => {
        Reflect.set(request, 'session', {});
        next();
      },
    ],
    app: (_request, response) => void response.end('mine'),
    steps: [{}],
  },
  {
    name: 'a store that is disconnected gives no session',
    app: (request, response) => void response.send(typeof request.session),
    steps: [
      { disturb: (store) => store.emit('disconnect') },
      { disturb: (store) => store.emit('connect') },
    ],
  },
  {
    name: 'a failed read is an error',
    app: count,
    prepare: (store) => {
      store.get = (_id, callback) => callback(new Error('boom'));
    },
    steps: [{}, {}],
  },
  {
    name: 'a read that says ENOENT found nothing',
    app: count,
    prepare: (store) => {
      store.get = (_id, callback) => callback(Object.assign(new Error('gone'), { code: 'ENOENT' }));
    },
    steps: [{}, { cookie: 'none' }],
  },
  {
    name: 'a failed save is told after the answer',
    app: count,
    prepare: (store) => {
      store.set = (_id, _data, callback) => callback?.(new Error('boom'));
    },
    steps: [{}],
  },
  {
    name: 'a failed touch is told after the answer',
    options: { resave: false },
    app: countOnPut,
    prepare: (store) => {
      store.touch = (_id, _data, callback?: (error?: unknown) => void) =>
        callback?.(new Error('boom'));
    },
    steps: [put, { after: minute }],
  },
  {
    name: 'a failed destroy is told after the answer',
    options: { unset: 'destroy' },
    app: (request, response) => {
      Reflect.set(request, 'session', null);
      response.send('gone');
    },
    prepare: (store) => {
      store.destroy = (_id, callback) => callback?.(new Error('boom'));
    },
    steps: [{}],
  },
  {
    name: 'a store that answers at once',
    app: count,
    prepare: (store) => {
      const records = new Map<string, string>();
      store.get = (id, callback) => {
        const text = records.get(id);
        callback(null, text === undefined ? null : JSON.parse(text));
      };
      store.set = (id, data, callback) => {
        records.set(id, JSON.stringify(data));
        callback?.();
      };
    },
    steps: [{}, {}],
  },
  {
    name: 'a store without touch',
    options: { resave: false, cookie: lasting },
    app: countOnPut,
    prepare: (store) => {
      Reflect.set(store, 'touch', undefined);
    },
    steps: [put, ...thrice],
  },
];
