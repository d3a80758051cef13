import { Arg, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { oidcPath } from '../operations/oidc/oidc-paths.js';
import { offeredProviders } from '../operations/sign-in/sign-in-methods.js';
import type { GraphqlContext } from './context.js';

@ObjectType('SignInProvider', { description: 'An OpenID provider at which a browser can sign in.' })
export class SignInProvider {
  @Field(() => String, { description: 'The name to show.' })
  displayName!: string;

  @Field(() => String, {
    description: 'Where the browser goes. `?returnTo=/path` says where on this server it comes back to.',
  })
  loginUrl!: string;
}

@ObjectType('SignInMethods', { description: 'The ways in which the users of a tenant can sign in.' })
export class SignInMethods {
  @Field(() => Boolean, { description: 'True when `login` takes a username and a password.' })
  password!: boolean;

  @Field(() => [SignInProvider], { description: 'OpenID providers, by address.' })
  providers!: SignInProvider[];
}

/** Asked before anybody has signed in. */
@Resolver()
export class SignInMethodsResolver {
  @Query(() => SignInMethods, { description: 'The ways in which the users of a tenant can sign in. Needs no token.' })
  async signInMethods(
    @Ctx() { request, publicUrl }: GraphqlContext,
    @Arg('tenant', () => String, { nullable: true, description: 'The name of the tenant; `default` by default.' })
    tenant?: string | null,
  ): Promise<SignInMethods> {
    const providers = await offeredProviders(request.granary, tenant ?? 'default');
    return {
      password: true,
      providers: providers.map(({ address, displayName }) => ({
        displayName,
        loginUrl: publicUrl + oidcPath(address, 'login'),
      })),
    };
  }
}
