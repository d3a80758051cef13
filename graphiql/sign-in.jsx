import { useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { askToSignIn, completeSignIn, lookUpSession, signIn, signInMethods, signOut, useSession } from './session.js';

const tenantDelayMs = 400;

/** Who is signed in, and the way in or out. */
export function Account({ onChange }) {
  const { status, viewer } = useSession();
  if (status === 'asking') {
    return null;
  }
  if (status === 'out') {
    return (
      <button type="button" className="granary-button granary-primary" onClick={() => askToSignIn(true)}>
        Sign in
      </button>
    );
  }
  const leave = async () => {
    await signOut();
    onChange();
  };
  return (
    <div className="granary-account">
      <span className="granary-who" title={`${viewer.roles.join(', ')} in ${viewer.tenant.name}`}>
        <b>{viewer.user.username}</b>
        <small>{viewer.tenant.name}</small>
      </span>
      <button type="button" className="granary-button" onClick={leave}>
        Sign out
      </button>
    </div>
  );
}

/** The sign-in, above the page while it is asked for: beside the panes, for a narrow window hides some of them. */
export function SignIn({ onChange }) {
  const { asked } = useSession();
  const [page, setPage] = useState(null);
  const dialog = useRef(null);
  useEffect(() => setPage(document.querySelector('.graphiql-container')), []);
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && asked !== element.open) {
      asked ? element.showModal() : element.close();
      element.querySelector('[data-first]')?.focus();
    }
  });
  return (
    page &&
    createPortal(
      <dialog
        ref={dialog}
        className="granary-dialog"
        aria-labelledby="sign-in-title"
        onClose={() => askToSignIn(false)}
      >
        {asked && <Steps onDone={onChange} />}
      </dialog>,
      page,
    )
  );
}

function Steps({ onDone }) {
  const [step, setStep] = useState(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const take = async (attempt) => {
    setBusy(true);
    setProblem('');
    try {
      const result = await attempt();
      if (result?.problem !== undefined) {
        setProblem(result.problem);
      } else if (result?.challenge) {
        setStep(result);
      } else {
        await lookUpSession();
        onDone();
      }
    } catch {
      setProblem('The server cannot be reached.');
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <header>
        <h2 id="sign-in-title">{step === null ? 'Sign in to Granary' : 'One more step'}</h2>
        <button type="button" className="granary-close" aria-label="Close" onClick={() => askToSignIn(false)}>
          ×
        </button>
      </header>
      {step === null ? <FirstStep take={take} busy={busy} /> : <SecondStep step={step} take={take} busy={busy} />}
      <p className="granary-problem" role="alert">
        {problem}
      </p>
    </>
  );
}

function FirstStep({ take, busy }) {
  const [tenant, setTenant] = useState('default');
  const [methods, setMethods] = useState({ password: true, providers: [] });
  useEffect(() => {
    let wanted = true;
    const look = () =>
      signInMethods(tenant).then(
        (found) => wanted && setMethods(found),
        () => undefined,
      );
    const timer = setTimeout(look, tenant === 'default' ? 0 : tenantDelayMs);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [tenant]);

  const submit = (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    take(() => signIn({ username: fields.get('username'), password: fields.get('password'), tenant: tenant || null }));
  };
  return (
    <form onSubmit={submit}>
      <Field label="Tenant" name="tenant" value={tenant} onChange={(event) => setTenant(event.target.value)} />
      {methods.password && (
        <>
          <Field label="Username" name="username" autoComplete="username" required data-first />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          <button type="submit" className="granary-button granary-primary" disabled={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
        </>
      )}
      {methods.providers.length > 0 && (
        <div className="granary-providers">
          {methods.providers.map(({ displayName, loginUrl }) => (
            <a key={loginUrl} className="granary-button" href={`${loginUrl}?returnTo=/graphiql`}>
              Sign in with {displayName}
            </a>
          ))}
        </div>
      )}
    </form>
  );
}

function SecondStep({ step, take, busy }) {
  const { challenge, secondFactorRequired, passwordChangeRequired } = step;
  const submit = (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const code = secondFactorRequired ? { code: fields.get('code').replaceAll(' ', '') } : {};
    const newPassword = passwordChangeRequired ? { newPassword: fields.get('newPassword') } : {};
    take(() => completeSignIn({ challenge, ...code, ...newPassword }));
  };
  return (
    <form onSubmit={submit}>
      {secondFactorRequired && (
        <Field
          label="Code of the authenticator, or a recovery code"
          name="code"
          autoComplete="one-time-code"
          required
        />
      )}
      {passwordChangeRequired && (
        <Field label="A new password" name="newPassword" type="password" autoComplete="new-password" required />
      )}
      <button type="submit" className="granary-button granary-primary" disabled={busy}>
        Go on
      </button>
    </form>
  );
}

function Field({ label, ...input }) {
  return (
    <label>
      <span>{label}</span>
      <input type="text" spellCheck={false} autoCapitalize="none" {...input} />
    </label>
  );
}
