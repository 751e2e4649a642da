import { DoorwardError } from './errors.js'

/** The refusal of who has no session, with the address to sign in at. */
export const loginRequired = (origin: string, pathPrefix: string): DoorwardError =>
  new DoorwardError('login_required', { publicFields: { login_url: `${origin}${pathPrefix}/login` } })
