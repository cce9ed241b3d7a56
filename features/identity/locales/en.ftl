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
identity-sent-again = Nothing arrived? Look into the spam folder, or ask for another link
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

identity-required = required
identity-list-comma = ,{" "}
identity-you = you
identity-roles = Roles
identity-roles-empty = Choose at least one role.
identity-roles-of = Roles of { $name }
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
identity-member-remove-sure = Remove { $name } from the team? They lose all roles here at once, and what they have open ends.
identity-member-changed = Somebody else has changed the roles of this member in the meantime. Below is what they are now; please look and change them again.
identity-last-chair = A conference needs a chair. Make somebody else a chair first.
identity-invite = Invite somebody
identity-invite-lead = They get a mail with a link that works once, for seven days, and only for this mail address.
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
identity-audit-search = Search
identity-audit-who = Who
identity-audit-everybody = everybody
identity-audit-act = What
identity-audit-everything = everything
identity-audit-from = From
identity-audit-to = Until
identity-audit-find = Find
identity-audit-all = Show all
identity-audit-none = Nothing found.
identity-audit-difference = What changed
identity-audit-field = Field
identity-audit-before = Before
identity-audit-after = After
identity-audit-trace = Trace
identity-audit-older = Older entries
identity-account-gone = deleted account
