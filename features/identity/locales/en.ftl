### Sign-in, account, teams.

identity-sign-in = Sign in
identity-sign-in-lead = Enter your mail address. We send you a link that signs you in; there is no password to remember.
identity-email = Mail address
identity-send-link = Send me a link
identity-email-malformed = This is not a mail address we can send to. Check it for typing errors.
identity-demo-lead = This is a demo: be somebody with one click.
identity-demo-attendee = Attendee
identity-demo-broadcast = Broadcast team
identity-demo-chair = Chair
identity-sent = Look into your mailbox
identity-sent-lead = We have sent you a link. It works once, for { $minutes } minutes.
identity-sent-again = Send the link again
identity-sent-lead-to = We have sent a link to { $email }. It works once, for { $minutes } minutes.
identity-sent-nothing = Nothing arrived? Look into the spam folder. The address may have a typing error. A link that is sent again works beside the first one; whoever cannot read that mailbox any more asks the organisers.
identity-sent-other = Another address
identity-demo-mail = Open the demo's mailbox
identity-offer-lead = You are about to sign in as { $email }.
identity-offer-accept = Sign in
identity-owner = This installation is yours
identity-owner-lead = Tell us who you are. With this you become the owner of this site and can make the first conference.
identity-owner-accept = Begin
identity-link-dead = This link has been used or is too old. Ask for a new one on the sign-in page.
identity-name = Name
identity-name-hint = As others see it, in the chat for example.
identity-name-empty = Please enter a name.
identity-name-too-long = A name can have at most 80 characters.
identity-save = Save
identity-account = Your account
identity-sessions = Where you are signed in
identity-session-unknown = Unknown device
identity-session-current = this device
identity-session-seen = Last used
identity-session-revoke = End
identity-sign-out = Sign out
identity-mailbox = Mailbox of the demo
identity-mailbox-lead = The demo sends no mail. What it would have sent is here.
identity-mailbox-empty = No mail yet.
identity-mail-subject = Your sign-in link
identity-mail-text =
    Hello,

    this link signs you in:

    { $url }

    It works once, for { $minutes } minutes. If you did not ask for it, ignore this mail: nobody was signed in.
identity-mail-about = Sent when somebody signs in with their mail address.
identity-mail-url-about = The address that signs the reader in
identity-mail-url-example = https://conference.example.org/sign-in/4c0ffee…
identity-mail-minutes-about = For how many minutes it can be used
identity-mail-minutes-example = 15
identity-role-missing = This is for people with the role: { $role }. Ask a chair of the conference.
identity-role-unknown = There is no such role.
identity-owner-only = This is for the owner of the site.
identity-conference-sealed = The conference is closed: nothing in it can be changed. Its chair can open it again.

## Teams

identity-list-comma = ,{" "}
identity-you = you
identity-roles = Roles
identity-roles-empty = Choose at least one role.
identity-roles-of = Roles of { $name }
identity-roles-change = Change roles
identity-roles-save = Save roles
identity-role-name-chair = Chair
identity-role-name-contents = Contents
identity-role-name-broadcast = Broadcast
identity-role-name-operation = Operation
identity-role-name-desk = Desk
identity-role-name-promotion = Promotion
identity-role-name-platform = Platform
identity-role-name-reviewer = Reviewer
identity-role-name-sponsor_manager = Sponsor manager
identity-role-hint-chair = Leads the conference and may do everything in it, also change the team.
identity-role-hint-contents = Programme: talks, speakers, timetable, pages, mails.
identity-role-hint-broadcast = Puts talks on air and looks after picture and sound.
identity-role-hint-operation = Runs the venue on the day.
identity-role-hint-desk = Checks people in.
identity-role-hint-promotion = Public site, announcements, statistics.
identity-role-hint-platform = Keeps the platform running.
identity-role-hint-reviewer = Judges proposals, and sees nothing else of the team's.
identity-role-hint-sponsor_manager = Looks after sponsors: their pages, sessions and leads.
identity-team = Team
identity-team-lead = Who may do what in this conference. Changes count at once, also on pages that are open.
identity-team-public = Public team page
identity-team-of = The team
identity-team-own = You in this team
identity-team-show-me = Show me on this page
identity-team-show-hint = With your name, picture and roles. Nobody else can decide this for you.
identity-team-leave = Leave the team
identity-team-leave-sure = Leave the team? A chair has to invite you again if you want to come back.
identity-team-nobody = Nobody of the team is shown here yet.
identity-members = Members
identity-members-none = Nobody has a role yet. Invite somebody.
identity-member-since = In the team since
identity-member-remove = Remove from the team
identity-member-removed = The member is removed.
identity-team-left = You are not in the team any more.
identity-chair-given-up = Your roles are saved. You are no longer a chair, so the team page is closed to you.
identity-member-restore-late = This removal cannot be undone any more. Invite the person again.
identity-member-gone = { $name } was taken out of the team in the meantime, so their roles were not saved. The roles that you chose stand in the invitation below, in case { $name } is to come back.
identity-member-left = { $name } has left the team in the meantime, so their roles were not saved. The roles that you chose stand in the invitation below, in case { $name } is to come back.
identity-last-chair = A conference needs a chair. Make somebody else a chair first.
identity-invite = Invite somebody
identity-invite-lead = They get a mail with a link that works once, for seven days, and only for this mail address.
identity-invite-no-mail = This site has no mail server yet, so mails reach nobody. Whoever runs the server sets one up (mail.server); invitations sent before then are sent again from here.
identity-invite-send = Send invitation
identity-invite-member = This person is in the team already. Change their roles in the list above.
identity-invite-open = There is an open invitation for this address. Send it again below, or take it back first.
identity-invite-many = There are { $max } open invitations already. Take some back first.
identity-invitations = Invitations
identity-invitation = Invitation
identity-invitation-is-open = open
identity-invitation-is-accepted = accepted
identity-invitation-is-revoked = taken back
identity-invitation-is-expired = expired
identity-invitation-sent = Sent
identity-invitation-until = works until
identity-invitation-resend = Send again
identity-invitation-revoke = Take back
identity-invitation-title = Join the team of { $conference }
identity-invitation-lead = This invitation is for { $email }, with these roles:
identity-invitation-accept = Join the team
identity-invitation-sign-in = Sign in with this address to accept. We send a link to it that leads back here.
identity-invitation-otherwise = Sign in another way
identity-invitation-other-mail = This invitation is for { $wanted }, and you are signed in as { $own }. Sign out and open the link again, or ask the chair to invite { $own }.
identity-invitation-unknown = This invitation link is not valid: it was replaced by a newer one, or not copied completely. Open the link of the latest mail, or ask the chair to send it again.
identity-invitation-used = This invitation has been accepted already. If it was you, sign in and go on; if not, tell the chair.
identity-invitation-revoked = This invitation was taken back. Ask the chair if you think this is a mistake.
identity-invitation-expired = This invitation is too old. Ask the chair to send it again.
identity-invitation-closed = This invitation is not open any more: it was accepted or taken back.
identity-invitation-mail-subject = Invitation to the team of { $conference }
identity-invitation-mail-text =
    Hello,

    { $inviter } invites you to the team of { $conference }.
    Your roles: { $roles }

    Accept here, signed in as { $email }:

    { $url }

    The link works once, for { $days } days. If you do not know what this is about, ignore this mail.
identity-invitation-mail-about = Sent to people who are invited into the team of a conference.
identity-invitation-mail-url-about = The address that accepts the invitation
identity-invitation-mail-url-example = https://conference.example.org/account/invitations/4c0ffee…
identity-invitation-mail-conference-about = The conference's name
identity-invitation-mail-conference-example = Matsuri Days
identity-invitation-mail-inviter-about = Who invites
identity-invitation-mail-inviter-example = Aiko Yamada
identity-invitation-mail-roles-about = The roles that come with it
identity-invitation-mail-roles-example = Broadcast, Desk
identity-invitation-mail-email-about = The reader's mail address
identity-invitation-mail-email-example = mika@example.org
identity-invitation-mail-days-about = For how many days it can be accepted
identity-invitation-mail-days-example = 7
identity-owners = Owners of the site
identity-owners-lead = They may do everything in every conference of this site.

## Audit log

identity-audit = Audit log
identity-audit-site = The whole site
identity-audit-lead = Who did what to which record. Entries are never changed and never deleted.
identity-audit-json = Everything as JSON
identity-audit-conference = Conference
identity-audit-record = Record
identity-audit-when = When
identity-audit-who = Who
identity-audit-act = Act
identity-audit-from = From
identity-audit-to = Until
identity-audit-none = Nothing was done yet.
identity-audit-difference = What changed
identity-audit-trace = Trace
identity-account-gone = deleted account
identity-audit-console = command line

## Account

identity-saved = Saved
identity-tab-profile = Profile
identity-tab-security = Sign-in and security
identity-tab-tokens = API tokens
identity-tab-data = Your data
identity-profile-name = Name
identity-profile-kana = Reading of the name
identity-profile-kana-hint = In katakana, for lists in Japanese. Leave it empty where there is none.
identity-profile-languages = Languages you read
identity-profile-languages-hint = Mails that others have sent to you, such as invitations, come in one of these.
identity-profile-zone = Time zone
identity-profile-zone-hint = For example Asia/Tokyo. Empty: as your browser says.
identity-language-ja = Japanese
identity-language-en = English
identity-kana-malformed = Please use katakana or hiragana only.
identity-kana-too-long = A reading can have at most 80 characters.
identity-zone-unknown = There is no such time zone. Choose one from the list, for example Asia/Tokyo.
identity-avatar = Picture
identity-avatar-own = Your picture
identity-avatar-choose = Choose a picture
identity-avatar-hint = JPEG, PNG or WebP, at most 8 MB. We cut it square and keep nothing of the file but what is seen: no place, no camera.
identity-avatar-put = Use this picture
identity-avatar-remove = Remove the picture
identity-avatar-none = Choose a file first.
identity-avatar-kind = This is no picture that we can read. Send a JPEG, PNG or WebP.
identity-avatar-large = This picture is too large. Send one of at most { $side } × { $side } pixels.
identity-sessions-revoke-others = End all others
identity-sessions-ended = { $count ->
    [one] One other session was ended.
   *[other] { $count } other sessions were ended.
  }
identity-email-new = New mail address
identity-email-change = Change mail address
identity-email-change-lead = We send a link to the new address. Once it is used, the old address is told and can undo the change for seven days.
identity-email-same = This is your address already.
identity-email-taken = This address belongs to another account by now. Choose another one.
identity-email-sent-lead = We have sent a mail to the new address. Open the link in it, in this browser, to make it yours. Until then nothing changes.
identity-email-confirm = Use this address
identity-email-confirm-lead = From now on you sign in with { $new } instead of { $old }.
identity-email-changed = Your mail address is changed. The old one was told.
identity-email-link-dead = This link has been used or is too old. Ask for the change again on your account page.
identity-email-other-account = This link belongs to another account. Sign in with that account and open the link again.
identity-email-undo = Undo the change
identity-email-undo-title = Mail address changed
identity-email-undo-lead = { $old } becomes the address of the account again. Everybody who is signed in there is signed out, and all API tokens end.
identity-email-undone-lead = The address is as it was, and everybody is signed out. Sign in again to look through your account.
identity-email-undo-dead = This link has been used or is too old. If somebody else is in your account, ask the owner of the site.
identity-email-mail-subject = Confirm your new mail address
identity-email-mail-text =
    Hello,

    somebody who is signed in as { $old } wants to use this address for their account. If it is you, open this link:

    { $url }

    It works once, for { $minutes } minutes. If you did not ask for it, ignore this mail: nothing changes.
identity-email-mail-about = Sent to a new mail address, to prove that it belongs to whoever wants to use it.
identity-email-mail-url-about = The address that proves it
identity-email-mail-url-example = https://conference.example.org/account/email/confirm/4c0ffee…
identity-email-mail-minutes-about = For how many minutes it can be used
identity-email-mail-minutes-example = 60
identity-email-mail-old-about = The address of the account until now
identity-email-mail-old-example = mika@example.org
identity-email-taken-mail-subject = Your mail address and your account
identity-email-taken-mail-text =
    Hello,

    somebody wanted to use this mail address for their account. There is an account with this address already, so nothing
    was changed.

    If it was you: sign in with this address instead, or delete that account first. If not, ignore this mail.
identity-email-taken-mail-about = Sent when somebody wants to use a mail address that another account has.
identity-email-told-mail-subject = The mail address of your account was changed
identity-email-told-mail-text =
    Hello,

    the mail address of your account was changed to { $new }.

    If it was you, all is well. If not, open this link: it puts this address back and signs everybody out.

    { $url }

    The link works for { $days } days.
identity-email-told-mail-about = Sent to the old mail address when the address of an account was changed.
identity-email-told-mail-url-about = The address that undoes the change
identity-email-told-mail-url-example = https://conference.example.org/account/email/undo/4c0ffee…
identity-email-told-mail-days-about = For how many days it can be undone
identity-email-told-mail-days-example = 7
identity-email-told-mail-new-about = The new address, shortened
identity-email-told-mail-new-example = m…@example.net
identity-ways-mail-subject = How your account is signed in to was changed
identity-ways-mail-text =
    Hello,

    { $what }

    Was it you? Then all is well. If not, somebody else is in your account: open the page below at once, sign out all other
    browsers, and remove every passkey and every linked account that you do not know.

    { $url }

    If you cannot get in any more, write to those who run this site.
identity-ways-mail-about = Sent when a passkey, a linked account or a password was added to an account or taken away.
identity-ways-mail-what-about = What was changed, in one sentence
identity-ways-mail-what-example = A passkey was added. It signs in to your account from now on.
identity-ways-mail-url-about = The page on which it can be undone
identity-ways-mail-url-example = https://conference.example.org/account/security
identity-way-passkey-added = A passkey was added. It signs in to your account from now on.
identity-way-passkey-removed = A passkey was removed. It does not sign you in any more.
identity-way-linked = An account at { $provider } was linked. It signs you in from now on.
identity-way-unlinked = An account at { $provider } was unlinked. It does not sign you in any more.
identity-way-password = A password was chosen. It signs you in from now on, and every other browser was signed out.

## API tokens

identity-tokens-lead = A program uses the API in your name with a token: within one conference, for a time, and never with more rights than you have.
identity-tokens-none = You have no tokens.
identity-token-fresh = Here is your token
identity-token-fresh-lead = Copy it now. It is not shown again.
identity-token-copy = Copy
identity-token-new = New token
identity-token-name = What it is for
identity-token-name-hint = So that you recognise it in the list, for example “signage in the foyer”.
identity-token-name-wrong = Please name it, with at most { $max } characters.
identity-token-conference = Conference
identity-token-verb = It may
identity-token-reads = read
identity-token-writes = read and write
identity-token-days = Days until it expires
identity-token-days-wrong = Choose between 1 and { $max } days.
identity-token-issue = Make token
identity-token-until = Works until
identity-token-over = expired
identity-token-unused = never used
identity-token-revoke = Revoke
identity-token-revoked = The token is revoked.
identity-token-no-team = Tokens are for members of a conference's team.
identity-token-many = You have { $max } tokens already. Revoke some first.
identity-token-only-api = This token is for the API only.
identity-token-only-reads = This token may only read.
identity-token-elsewhere = This token is for another conference.

## Your data, and deleting an account

identity-data-export = Get a copy
identity-data-export-lead = Everything that this site keeps about you, in one file that programs can read (JSON).
identity-data-export-get = Download my data
identity-delete = Delete account
identity-delete-lead = This is what is kept about you, and what becomes of it. It cannot be undone. Your name stays where it was written down as a word: as a speaker, and beside stream keys and imports that you made for a team. Ask that team to change it.
identity-delete-obstacles = Before you can delete your account:
identity-delete-chairless = Make somebody else chair of { $conference }, or delete the conference.
identity-delete-ownerless = Make somebody else an owner of this site.
identity-delete-proof = Type your mail address ({ $email }) to show that you mean it
identity-delete-proof-wrong = This is not the mail address of your account.
identity-delete-now = Delete my account for good
identity-kept-what = What
identity-kept-count = How many
identity-kept-fate = What becomes of it
identity-fate-deleted = deleted
identity-fate-anonymised = anonymised
identity-kept-line = { $what } ({ $count }): { $fate }
identity-kept-profile = Name, mail address, picture and settings
identity-kept-profile-why = They are only there for your account.
identity-kept-sessions = Where you are signed in
identity-kept-sessions-why = You are signed out everywhere.
identity-kept-teams = Your roles in teams
identity-kept-teams-why = Without an account there is nobody who could have them.
identity-kept-invitations = Invitations to your mail address
identity-kept-invitations-why = Nobody could accept them any more.
identity-kept-emails = Former mail addresses
identity-kept-emails-why = They were kept so that a change could be undone.
identity-kept-tokens = API tokens
identity-kept-tokens-why = Programs that use them are refused at once.
identity-kept-mails = Mails to your address
identity-kept-mails-why = They were kept to tell what became of them.
identity-kept-audit = Entries in the audit log
identity-kept-audit-why = What was done to a conference stays explainable; that it was you is no longer said.
identity-deleted = Your account is deleted
identity-deleted-lead = This is your receipt. We have also sent it to { $email }.
identity-deleted-number = Number of the former account:
identity-deleted-mail-subject = Your account is deleted
identity-deleted-mail-text =
    Hello,

    your account is deleted. This is what became of what was kept about you:

    { $lines }

    Number of the former account: { $number }
identity-deleted-mail-about = The receipt for somebody who has deleted their account.
identity-deleted-mail-lines-about = What was kept, and what became of it, line by line
identity-deleted-mail-lines-example = API tokens (2): deleted
identity-deleted-mail-number-about = Number of the former account
identity-deleted-mail-number-example = acc_06f0example

## Passkeys, and choices for the whole site

identity-passkey = passkey
identity-passkeys = Passkeys
identity-passkeys-lead = With a passkey you sign in by fingerprint, face or PIN of your device, without waiting for a mail.
identity-passkeys-none = You have no passkey yet.
identity-passkey-made = Made on
identity-passkey-name = Name of the passkey
identity-passkey-name-hint = So that you recognise it in the list, for example “my phone”.
identity-passkey-add = Add a passkey
identity-passkey-remove = Remove
identity-passkey-remove-sure = Remove this passkey? You cannot sign in with it any more.
identity-passkey-removed = The passkey is removed.
identity-passkey-script = Passkeys need JavaScript. The mail link works without.
identity-passkey-or = Or without a mail:
identity-passkey-sign-in = Sign in with a passkey
identity-passkey-failed = That did not work on this device. Sign in by mail instead.
identity-passkey-refused = This passkey was not accepted. Please try again, or sign in by mail.
identity-passkey-unknown = We do not know this passkey any more. Sign in by mail, and add a new one in your account.
identity-passkey-known = This passkey is in use already.
identity-passkeys-many = You have too many passkeys. Remove one first.
identity-passkey-first = To change how you sign in, sign in with one of your passkeys first.
identity-passkey-needed = This site wants members of teams to use a passkey. Add one in your account under “Sign-in and security”, or sign in with yours.
identity-passkey-own-first = Add a passkey to your own account first, or sign in with yours.
identity-kept-passkeys = Passkeys
identity-kept-passkeys-why = They would open nothing any more.
identity-site = This site
identity-site-passkey-demand = Members of teams need a passkey
identity-site-passkey-hint = Whoever signed in by mail alone is nobody in their teams, until they add a passkey or use theirs.
identity-site-help = Help somebody in
identity-site-help-lead = Sends a sign-in link to the mail address of an account. You do not get to see it.
identity-site-help-send = Send link
identity-link-sent = A sign-in link is on its way to { $email }.
identity-account-unknown = There is no account with this address.

## Accounts at providers, and passwords

identity-providers = Accounts elsewhere
identity-providers-lead = Sign in here with an account that you have somewhere else.
identity-provider-sign-in = Sign in with { $provider }
identity-provider-link = Link { $provider }
identity-provider-link-now = Link
identity-provider-link-lead = From now on, { $known } at { $provider } signs you in to your account here ({ $email }).
identity-provider-exists = There is an account with { $email } here already. Sign in once in the way you always do, to show that it is yours; then { $provider } is linked to it.
identity-provider-other-lead = You came back from { $provider } with an account that belongs to somebody else here. Sign out, then sign in as { $email } to link it.
identity-provider-other = You are signed in as somebody else than when you began. Sign out and begin again.
identity-provider-since = Linked on
identity-provider-remove = Unlink
identity-provider-remove-sure = Unlink { $provider }? It does not sign you in any more.
identity-provider-removed = The account is unlinked.
identity-provider-done = The account is linked. From now on it signs you in.
identity-provider-away = { $provider } does not answer right now. Try again in a moment, or sign in another way.
identity-provider-failed = { $provider } could not sign you in. Try again, or sign in another way.
identity-provider-denied = You did not go on at { $provider }. Try again, or sign in another way.
identity-provider-stale = This sign-in with { $provider } was begun in another browser, is over, or was used already. Begin again.
identity-provider-unverified = { $provider } does not know whether your mail address is yours. Confirm the address there, or sign in another way here and link { $provider } in your account.
identity-provider-linked = This account at { $provider } is linked to yours already.
identity-provider-taken = This account at { $provider } is linked to another account here.
identity-provider-many = You have linked too many accounts. Unlink one first.
identity-provider-offer-gone = This took too long, or was done already. Begin again.
identity-provider-last = This is the only way into your account of which we know that it works. Sign in once by a mailed link, or add a passkey; then unlink it.
identity-proof-old = To change how you sign in, sign in again first: it has to be less than 15 minutes ago.
identity-proof-delete = To delete your account, sign in again first: it has to be less than 15 minutes ago.
identity-proof-sign-in = Sign in again
identity-proof-again = Please sign in again, so that we know that it is you.
identity-password = Password
identity-password-or = Or with a password:
identity-password-sign-in = Sign in with a password
identity-password-forgotten = Forgotten? Send me a link
identity-password-wrong = This address and this password do not belong together. Check both, or have a link sent.
identity-password-none = You have no password.
identity-password-since = Chosen on
identity-password-present = Present password
identity-password-present-wrong = This is not your password.
identity-password-new = New password
identity-password-hint = At least { $min } characters; a few words that have nothing to do with each other are good. Everywhere else you are signed out.
identity-password-save = Use this password
identity-password-saved = The password is set. Everywhere else you are signed out.
identity-password-short = Use at least { $min } characters.
identity-password-long = Use at most { $max } characters.
identity-password-common = This is one of the first passwords that anybody would try. Choose another one.
identity-site-ways = Signing in
identity-site-password = People may have passwords
identity-site-password-hint = Beside mailed links, passkeys and accounts elsewhere. Everybody chooses their own under “Sign-in and security”.
identity-kept-identities = Accounts elsewhere that sign you in
identity-kept-identities-why = There is nothing any more that they could open.
identity-kept-password = Your password, as a hash
identity-kept-password-why = There is nothing any more that it could open.

## What is in the audit log: noun and verb of the act

identity-did-account-delete = Deleted an account
identity-did-account-email = Changed a mail address
identity-did-account-email-undo = Undid a change of a mail address
identity-did-account-link = Mailed somebody a sign-in link
identity-did-alarm-acknowledge = Took care of an alarm
identity-did-audience-add = Added people who may watch
identity-did-audience-remove = Removed people who may watch
identity-did-audience-rule = Changed who may watch
identity-did-caption-put = Changed a caption
identity-did-chat-remove = Removed a chat message
identity-did-conference-copy = Copied a conference
identity-did-conference-delete = Deleted a conference
identity-did-conference-lifecycle = Changed a conference's state
identity-did-conference-restore = Brought a conference back
identity-did-conference-settle = Changed a conference's settings
identity-did-conference-theme = Changed the look
identity-did-golive-begin = Went live from a browser
identity-did-golive-end = Ended going live from a browser
identity-did-invitation-resend = Sent an invitation again
identity-did-invitation-revoke = Took an invitation back
identity-did-invitation-send = Invited somebody
identity-did-letter-reset = Put a mail's text back
identity-did-letter-word = Changed a mail's text
identity-did-mail-resend = Sent a mail again
identity-did-mail-resend-all = Sent all mails again that were given up
identity-did-member-join = Joined the team
identity-did-member-leave = Left the team
identity-did-member-remove = Removed a member
identity-did-member-restore = Brought a member back
identity-did-member-roles = Changed a member's roles
identity-did-onair-auto = Let the timetable decide what is on air
identity-did-onair-hold = Held what is on air
identity-did-onair-put = Put a talk on air
identity-did-page-add = Added a page
identity-did-page-change = Changed a page
identity-did-page-order = Changed the order of pages
identity-did-page-remove = Removed a page
identity-did-passkey-add = Added a passkey
identity-did-passkey-remove = Removed a passkey
identity-did-password-set = Set a password
identity-did-programme-import = Imported a programme
identity-did-provider-link = Linked an account elsewhere
identity-did-provider-unlink = Unlinked an account elsewhere
identity-did-site-settings = Changed the site's settings
identity-did-slate-bring = Brought a slate or clip
identity-did-slate-change = Changed a slate or clip
identity-did-slate-in-breaks = Chose what plays in breaks
identity-did-slate-move = Moved a slate or clip
identity-did-slate-remove = Removed a slate or clip
identity-did-speaker-add = Added a speaker
identity-did-speaker-bin = Put a speaker into the bin
identity-did-speaker-edit = Changed a speaker
identity-did-speaker-release = Gave a speaker back to the imported file
identity-did-speaker-restore = Took a speaker out of the bin
identity-did-studio-input = Chose an input
identity-did-talk-add = Added a talk
identity-did-talk-bin = Put a talk into the bin
identity-did-talk-cancel = Cancelled a talk
identity-did-talk-edit = Changed a talk
identity-did-talk-hide = Hid a talk
identity-did-talk-plan = Showed a talk again
identity-did-talk-release = Gave a talk back to the imported file
identity-did-talk-restore = Took a talk out of the bin
identity-did-token-issue = Made an API token
identity-did-token-revoke = Revoked an API token
identity-did-caption-key-revoke = Revoked a caption key
identity-did-caption-key-rotate = Replaced a caption key
identity-did-caption-language-add = Added a language of captions
identity-did-caption-language-remove = Removed a language of captions
identity-did-encoder-test-make = Made an encoder test
identity-did-encoder-test-revoke = Ended an encoder test
identity-did-stream-key-revoke = Revoked a stream key
identity-did-stream-key-rotate = Replaced a stream key
identity-did-conference-look = Changed a picture of the look
identity-did-conference-look-describe = Described a picture of the look
identity-did-conference-look-remove = Removed a picture of the look
identity-did-conference-switch-cancel = Cancelled a planned change of state
identity-did-conference-switch-plan = Planned a change of state
identity-did-talk-slides-add = Added slides
identity-did-talk-slides-bin = Put slides into the bin
identity-did-talk-slides-restore = Took slides out of the bin
