### Conferences, timetable, talks, speakers, schedule files.

program-nav-live = Live
program-nav-timetable = Timetable
program-nav-speakers = Speakers
program-nav-studio = Studio
program-nav-viewers = Viewers
program-nav-admin = Programme
program-nav-team = Team

program-conferences = Conferences
program-no-conferences = No conference yet
program-no-conferences-lead = As soon as the owner of this site has made one, it appears here. The link for the owner was printed when the server started for the first time.
program-count-talks = { $count ->
    [one] { $count } talk
   *[other] { $count } talks
  }
program-count-tracks = { $count ->
    [one] { $count } track
   *[other] { $count } tracks
  }
program-on-now = On now
program-on-air = On air
program-nothing-on = Nothing right now
program-next = Next
program-when = When
program-where = Where
program-zone = Time zone
program-begins = It begins
program-is-over = This conference is over.
program-watch = Watch
program-tracks = Tracks
program-talks = Talks
program-speakers = Speakers
program-all-speakers = All { $count } speakers
program-no-speakers = No speakers yet

program-timetable = Timetable
program-days = Days
program-day = Day { $day }
program-day-whole = all day
program-grid = Grid
program-list = List
program-jump-now = Jump to now
program-venue-time = Times are those of the venue: { $zone }.
program-your-zone = Your own clock shows { $zone }; both times are given where there is room.
program-calendar = Add to calendar
program-calendar-talk = Add this talk to a calendar
program-search = Search
program-filters = Filter the timetable
program-filter = Show
program-filter-all = All
program-filter-clear = Show everything
program-filter-track = Track
program-filter-room = Room
program-filter-category = Category
program-filter-level = Level
program-filter-language = Language
program-found = { $count ->
    [one] One talk matches.
   *[other] { $count } talks match.
  }
program-none = Nothing planned for this day
program-none-lead = The programme is still being made.
program-none-found = No talk matches
program-none-found-lead = Try fewer words, or another day.
program-grid-impossible = This day does not fit into a grid, so it is shown as a list.
program-language-ja = Japanese
program-language-en = English
program-language-de = German
program-language-fr = French
program-language-zh = Chinese
program-language-ko = Korean
program-not-recorded = Not recorded
program-links = Links and files
program-license = Licence of the recording: { $license }
program-talk-on = This talk is on right now.
program-talk-waiting = It is time for this talk, but it is not on air: it may begin later than planned.
program-talk-instead = On { $track } just now:
program-talk-coming = To be seen on { $track }, in

program-new = New conference
program-new-lead = Bring the schedule you have, or begin with days and tracks and add talks later.
program-new-upload = From a schedule file
program-new-empty = Start empty
program-file = Schedule file
program-file-hint = schedule.xml (frab, pretalx, Pentabarf) or schedule.json (C3VOC). At most 16 MB.
program-import = Import
program-create = Create
program-form-faults = Please check these fields:
program-title = Title
program-title-empty = Please give it a title.
program-title-long = A title can have at most { $limit } characters.
program-slug = Name in addresses
program-slug-hint = Small letters, digits and hyphens, such as “spring-meetup”. It cannot be changed later.
program-slug-malformed = Use 2 to 63 small letters, digits and hyphens, and begin and end with a letter or digit.
program-slug-reserved = “{ $slug }” is needed by the site itself. Choose another name.
program-slug-taken = There is already a conference with this name.
program-first-day = First day
program-date-malformed = Please give a date, such as 2026-11-22.
program-days-range = Please give a number from 1 to { $limit }.
program-zone-hint = As in the tz database, such as “Asia/Tokyo” or “Europe/Berlin”.
program-zone-unknown = This time zone is not known. Write it as “Asia/Tokyo” or “Europe/Berlin”.
program-track-first = Track A
program-days-count = Number of days
program-tracks-hint = One per line. Each track has its own picture to watch and its own column on the timetable.
program-tracks-range = Please name at least one track, and at most { $limit }.
program-changed-meanwhile = Somebody else changed the programme at the same moment. Look at it again, then repeat what you did.

program-go-live = Go live
program-import-again = Import a schedule file
program-import-lead = Talks are recognised by their guid: what changed is updated, what is missing is taken off the timetable. A file with a fault changes nothing.
program-import-failed = The file was not imported, and nothing was changed:
program-import-taken = There is already a conference called “{ $slug }”, which is this file's acronym. Import the file there, on its programme page.
program-imports = Recent imports
program-import-operator = On the server
program-import-unchanged = The file says what the programme says already. Nothing was changed.
program-report-added = { $count } new
program-report-changed = { $count } changed
program-report-removed = { $count } gone
program-report-conference = Conference
program-word-added = New
program-word-changed = Changed
program-word-removed = Gone
program-settings = Settings
program-title-ja = Title for readers of Japanese
program-title-en = Title for readers of English
program-watch-who = Who may watch
program-watch-anyone = Everybody
program-watch-signed-in = Everybody who is signed in
program-watch-listed = People on a list
program-watch-more = The list, and tracks with a rule of their own
program-save = Save
program-upload-empty = No file was chosen, or the file is empty.
program-upload-malformed = The upload broke off. Please try again.

program-field-day = day
program-field-room = room
program-field-time = time
program-field-title = title
program-field-subtitle = subtitle
program-field-category = category
program-field-level = level
program-field-kind = kind
program-field-language = language
program-field-abstract = short text
program-field-description = long text
program-field-speakers = speakers
program-field-links = links
program-field-picture = picture
program-field-recording = recording
program-field-other = other details
program-field-order = order
program-field-acronym = acronym
program-field-zone = time zone
program-field-categories = categories
program-field-rooms = rooms
program-field-version = version
program-field-days = days

program-schedule-too-large = The file has more than { $limit } MB.
program-schedule-encoding = Line { $line }: these bytes are not UTF-8. Save the file as UTF-8.
program-schedule-unknown = This is neither a schedule.xml nor a schedule.json: it begins with neither “<” nor “{"{"}”.
program-schedule-syntax = Line { $line }: a tag, comment or quotation begins here and is not finished as XML demands.
program-schedule-mismatch = Line { $line }: </{ $found }> does not close <{ $expected }>, which was opened in line { $opened }.
program-schedule-unmatched = Line { $line }: </{ $found }> closes nothing that is open.
program-schedule-unclosed = Line { $line }: <{ $element }> is opened here and never closed.
program-schedule-ampersand = Line { $line }: a “&” stands alone. Write “&amp;”.
program-schedule-entity = Line { $line }: “&{ $name };” is not known in XML. Write the character itself.
program-schedule-attribute = Line { $line }: an attribute of <{ $element }> is malformed or given twice.
program-schedule-doctype = Line { $line }: the file defines entities of its own, which are not accepted. Remove the part in square brackets.
program-schedule-second-root = Line { $line }: <{ $element }> stands after the end of the schedule.
program-schedule-outside = Line { $line }: there is text outside of <schedule>.
program-schedule-empty = The file has no element.
program-schedule-deep = Line { $line }: more than { $limit } levels inside each other.
program-schedule-elements = Line { $line }: the file has more than { $limit } elements.
program-schedule-root = Line { $line }: the file begins with <{ $found }>; a schedule.xml begins with <schedule>.
program-schedule-json-syntax = Line { $line }, column { $column }: this is not JSON. Often a comma, quotation mark or bracket is missing just before.
program-schedule-json-end = Line { $line }: the file ends in the middle. A bracket or quotation mark is missing.
program-schedule-json-object = Line { $line }: “{ $what }” must be an object in braces.
program-schedule-json-array = Line { $line }: “{ $what }” must be a list in square brackets.
program-schedule-no-conference = Line { $line }: the schedule has no “conference”.
program-schedule-missing = Line { $line }: this { $where } has no { $what }.
program-schedule-date = Line { $line }: “{ $value }” is not a date. Write it as 2026-11-22 or 2026-11-22T10:00:00+09:00.
program-schedule-clock = Line { $line }: “{ $value }” is not a time of day. Write it as 10:00.
program-schedule-length = Line { $line }: “{ $value }” is not a usable duration. Write it as 00:45.
program-schedule-number = Line { $line }: { $what } “{ $value }” is not a number.
program-schedule-zone = Line { $line }: the time zone “{ $zone }” is not known. Write it as “Asia/Tokyo”.
program-schedule-guid-twice = Line { $line }: the guid { $guid } was already used in line { $first }. Every talk needs its own.
program-schedule-text-long = Line { $line }: this text has more than { $limit } characters.
program-schedule-many = Line { $line }: { $count } { $what }; at most { $limit } are possible.
program-schedule-zone-assumed = The file names no time zone; { $zone } was assumed.
program-schedule-room-differs = Line { $line }: the talk says room “{ $said }”, but stands in “{ $room }”. It was left there.
program-schedule-id = Line { $line }: the id “{ $value }” is not a positive number and was ignored.
program-schedule-yes-no = Line { $line }: “{ $value }” is neither true nor false and was ignored.

program-talks-none = There are no talks yet. Add the first one, or import a schedule.
program-talk-new = Add a talk
program-talk-title = Title
program-talk-subtitle = Subtitle
program-talk-when = When
program-talk-track = Track
program-talk-room = Room
program-talk-speaker = Speakers
program-talk-speaker-more = One more speaker
program-talk-speaker-hint = A name that nobody has yet makes a new speaker. Their order here is the order on the timetable.
program-talk-state = State
program-talk-state-hint = A cancelled talk stays visible as cancelled. A hidden one is seen by the team alone, and may do without a time.
program-talk-category = Category
program-talk-level = Level
program-talk-kind = Kind
program-talk-language = Language
program-talk-changed = Changed
program-talk-by-hand = Edited by hand
program-talk-code = Code
program-talk-day = Day
program-talk-starts = Begins
program-talk-minutes = Minutes
program-talk-placement = On the timetable
program-talk-abstract = Short text
program-talk-description = Long text
program-talk-link = Links
program-talk-link-more = One more link
program-talk-slide = Slides and files
program-talk-slide-more = One more file
program-talk-slide-hint = The address under which the slides can be found.
program-link-url = Address
program-link-title = Title
program-talk-nowhere = not placed
program-talk-see = See its page
program-talk-more = More
program-talk-changed-at = Changed { $at }
program-talk-saved = “{ $title }” is saved.
program-talk-binned = This is in the bin. It can be brought back for thirty days.
program-talk-hand = These were edited by hand, and the next import leaves them alone:
program-talk-unplaced = Choose a day and a time, or hide the talk until it has one.
program-talk-unplaced-named = “{ $title }” has no day and time yet. Give it one first.
program-talk-minutes-range = Between one minute and thirty days.
program-talk-place-taken = “{ $title }” cannot come back to where it stood: “{ $other }” is there now. Move one of them first.
program-talk-speakers-many = At most { $limit } speakers.
program-talk-links-many = At most { $limit } of them.
program-speaker-several = Several people are called { $name }. Say which one: { $names }
program-clash = This collides on the timetable
program-clash-room = “{ $title }” is in this room at that time.
program-clash-track = “{ $title }” is on this track at that time.
program-clash-speaker = { $name } speaks in “{ $title }” at that time.
program-clash-day = It begins before this day or ends after it.
program-clash-meant = It is meant so
program-clash-check = Check for collisions
program-state-planned = On the timetable
program-state-cancelled = Cancelled
program-state-hidden = Hidden
program-choice-none = –
program-choice-all-tracks = None (for everybody)
program-choice-nowhere = Not placed yet
program-choice-track-room = The track’s room
program-bin = Bin
program-bin-lead = What is in the bin can be brought back for thirty days.
program-act-plan = Put on the timetable
program-act-cancel = Cancel
program-act-hide = Hide
program-act-bin = Delete
program-act-restore = Bring back
program-act-release = Let the next import decide
program-act-many = At most { $limit } rows at once.
program-acted-none = Nothing was ticked, so nothing was done.
program-acted-planned = { $count ->
    [one] One talk is on the timetable.
   *[other] { $count } talks are on the timetable.
  }
program-acted-cancelled = { $count ->
    [one] One talk is cancelled.
   *[other] { $count } talks are cancelled.
  }
program-acted-hidden = { $count ->
    [one] One talk is hidden.
   *[other] { $count } talks are hidden.
  }
program-acted-binned = { $count ->
    [one] One entry is in the bin.
   *[other] { $count } entries are in the bin.
  }
program-acted-restored = { $count ->
    [one] One entry is back.
   *[other] { $count } entries are back.
  }
program-acted-released = The next import may change it again.
program-persons-none = Nobody is here yet. Speakers come with talks, or add them one by one.
program-person-new = Add a speaker
program-person-name = Name
program-person-number = Number
program-person-biography = About
program-person-avatar = Picture
program-person-avatar-hint = The address of a picture. It goes into the schedule files.
program-person-alone = Without a talk
program-person-saved = { $name } is saved.
program-word-kept = left as edited by hand
program-field-slides = slides
program-palette-talks = Edit talks
program-palette-speakers = Edit speakers
program-palette-speaker = speaker
program-palette-placeholder = Where to? A page, a talk, a speaker …
program-dreamkast-none = There is no { $file }: it has the talks.
program-dreamkast-large = { $file } is larger than { $limit } MB.
program-dreamkast-rows = { $file } has more than { $limit } rows.
program-dreamkast-columns = { $file }, line { $line }: the header lacks { $columns }.
program-dreamkast-cells = { $file }, line { $line }: { $expected } cells expected, { $found } found.
program-dreamkast-encoding = { $file }, line { $line }: this is not UTF-8.
program-dreamkast-csv = { $file }, line { $line }: this cannot be read as CSV.
program-dreamkast-quote = { $file }, line { $line }: a quotation mark opens here or earlier and never closes.
program-dreamkast-number = { $file }, line { $line }: { $column } is no number: “{ $value }”.
program-dreamkast-empty = { $file }, line { $line }: { $column } is empty.
program-dreamkast-twice = { $file }, line { $line }: { $column } { $value } stands in line { $first } already.
program-dreamkast-value = { $file }, line { $line }: { $column } is not understood: “{ $value }”.
program-dreamkast-name = { $file }, line { $line }: { $column } is empty or too long.
program-dreamkast-long = { $file }, line { $line }: { $column } has more than { $limit } characters.
program-dreamkast-status = { $file }, line { $line }: “{ $value }” is no status; there are 0 (submitted), 1 (accepted) and 2 (rejected).
program-dreamkast-conferences = { $file }, line { $line }: this talk belongs to another conference than those before. Export one conference at a time.
program-dreamkast-map = { $file }, line { $line }: { $column } cannot be used: “{ $value }”.
program-dreamkast-missing = there was no { $file }; what it says is missing
program-dreamkast-unread = { $file } is not among the files that are read
program-dreamkast-foreign = { $count ->
    [one] one speaker of another conference was left out
   *[other] { $count } speakers of other conferences were left out
}
program-dreamkast-dangling = { $file }, line { $line }: { $column } { $value } leads to no row; the line was left out
program-dreamkast-option = “{ $label }” was answered by { $count ->
    [one] one talk with a number
   *[other] { $count } talks with numbers
} that nothing explains; give --items
program-dreamkast-answer = the answers of { $count ->
    [one] one talk
   *[other] { $count } talks
} to “{ $label }” have no place here
program-dreamkast-rejected = { $count ->
    [one] one talk was rejected and came in hidden
   *[other] { $count } talks were rejected and came in hidden
}
program-dreamkast-undecided = { $count ->
    [one] one talk is undecided and came in hidden
   *[other] { $count } talks are undecided and came in hidden
}
program-dreamkast-withheld = { $count ->
    [one] one talk is not to be shown on the timetable and came in hidden
   *[other] { $count } talks are not to be shown on the timetable and came in hidden
}
program-dreamkast-day = no date is known for day { $number }; give --days ({ $count ->
    [one] one talk
   *[other] { $count } talks
})
program-dreamkast-track = no name is known for track { $number }; give --tracks ({ $count ->
    [one] one talk
   *[other] { $count } talks
})
program-dreamkast-category = no name is known for category { $number }; give --categories ({ $count ->
    [one] one talk
   *[other] { $count } talks
})
program-dreamkast-level = no name is known for level { $number }; give --levels ({ $count ->
    [one] one talk
   *[other] { $count } talks
})
program-dreamkast-unplaced = { $count ->
    [one] one talk has no complete day, time and track, and came in hidden
   *[other] { $count } talks have no complete day, time and track, and came in hidden
}
program-dreamkast-personal = { $file }: { $column } is personal data that has no place here; { $count ->
    [one] one value was
   *[other] { $count } values were
} not stored
program-dreamkast-column = { $file }: { $column } has no place here; { $count ->
    [one] one value was
   *[other] { $count } values were
} not stored
program-sealed = The conference is closed or deleted: nothing in it can be changed.
program-removed = The conference is deleted. Restore it first.
program-lifecycle-draft = Draft
program-lifecycle-announced = Announced
program-lifecycle-registration = Registration open
program-lifecycle-live = Live
program-lifecycle-archive = Archive
program-lifecycle-closed = Closed
program-lifecycle-removed = Deleted
program-lifecycle-same = The conference is in that state already.
program-lifecycle-closed-step = A closed conference opens again as an archive first.
program-switch-past = Choose a moment that is still to come.
program-switch-far = That is more than five years ahead.
program-switch-many = No more than { $limit } changes can wait at a time.
program-switch-settled = It waits no longer: it has happened, or somebody cancelled it.

program-admin-sections = All sections
program-group-conference = Conference
program-group-programme = Programme
program-group-public = Public pages
program-group-people = People
program-section-overview = Overview
program-lifecycle = State
program-lifecycle-change = Change it
program-lifecycle-lead = Each state says what people see and can do. The chair changes it here, or plans the change for a date.
program-lifecycle-now = now
program-lifecycle-enter = Change to “{ $state }”
program-lifecycle-confirm = Change the state to “{ $state }”? It takes effect at once.
program-lifecycle-done = The conference is in the state “{ $state }” now.
program-effect-open = Everybody who has the address sees its pages
program-effect-hidden = Only the team sees it; for everybody else there is nothing at its address
program-effect-listed = It is listed on the front page of the site
program-effect-unlisted = It is not listed on the front page of the site
program-effect-live = The live page and the chats are open
program-effect-not-live = The live page and the chats are open to the team alone, for rehearsals
program-effect-registration = Its front page shows the way to the registration, if the settings name one
program-effect-sealed = Nothing in it can be changed, and no encoder can send to it
program-switches = Planned changes
program-switches-lead = They happen by themselves, to the second.
program-switches-none = Nothing is planned.
program-switches-past = What became of earlier plans
program-switch-to = New state
program-switch-at = When
program-switch-plan = Plan the change
program-switch-planned = The change is planned.
program-switch-cancel = Cancel
program-switch-cancelled = The planned change was cancelled.
program-switch-next = { $when }: { $state }
program-switch-state-pending = Waiting
program-switch-state-done = Done
program-switch-state-cancelled = Cancelled
program-switch-state-refused = Not possible at that time
program-ready = Ready?
program-ready-count = { $done } of { $all } done. Nothing here is compulsory.
program-ready-yes = Done
program-ready-no = Missing
program-ready-names = Titles in Japanese and English
program-ready-names-todo = Add them
program-ready-description = A few sentences about the conference
program-ready-description-todo = Write them
program-ready-contact = A contact for questions
program-ready-contact-todo = Add it
program-ready-days = Days
program-ready-days-todo = Add days
program-ready-tracks = Tracks
program-ready-tracks-todo = Add tracks
program-ready-types = Types of talks, such as keynote and break
program-ready-types-todo = Add types
program-ready-talks = Talks
program-ready-talks-todo = Add talks
program-ready-placed = Every talk has its day and track
program-ready-placed-todo = Look at the talks
program-ready-open = The conference is visible to everybody
program-ready-open-todo = Change the state
program-part-days = Days
program-part-rooms = Rooms
program-part-tracks = Tracks
program-part-categories = Categories
program-part-types = Talk types
program-part-levels = Levels
program-part-durations = Lengths
program-part-languages = Languages
program-lead-days = The calendar orders them. Days for the team alone, such as rehearsals, are hidden from everybody else.
program-lead-rooms = Where people sit.
program-lead-tracks = Each has a picture and a column in the timetable, in this order.
program-lead-categories = What talks are about, with a colour.
program-lead-types = What kinds of talks there are. Talks of the type “break” are pauses over all tracks.
program-lead-levels = How much a talk expects of its listeners.
program-lead-durations = How long talks can be, in minutes.
program-lead-languages = In which languages talks are given.
program-part-empty = Nothing here yet.
program-piece-name = Name
program-piece-name-ja = Name in Japanese
program-piece-name-en = Name in English
program-piece-facts = Details
program-piece-used = Used by
program-piece-acts = Actions
program-piece-up = Move { $name } up
program-piece-down = Move { $name } down
program-piece-edit = Change { $name }
program-piece-change = Change
program-piece-add = Add
program-piece-added = Added.
program-piece-saved = “{ $name }” is saved.
program-piece-remove = Remove
program-piece-remove-named = Remove “{ $name }”
program-piece-removed = “{ $name }” was removed.
program-piece-date = Date
program-piece-from = From
program-piece-to = Until
program-piece-to-hint = A time before the beginning is one on the next morning.
program-piece-internal = For the team alone
program-piece-internal-hint = The day, its talks and its pictures are hidden from everybody else. Good for rehearsals.
program-piece-description = Description
program-piece-capacity = Seats
program-piece-slug = Name in addresses
program-piece-slug-hint = Part of the address of the live page. It can be changed only while the conference is a draft and the track has no picture.
program-piece-room = Room
program-piece-room-none = No room
program-piece-color = Colour
program-piece-minutes = Minutes
program-piece-code = Code
program-piece-code-hint = For example “ja” or “en”.
program-piece-word = Word in files
program-piece-word-hint = Small letters, digits, hyphens, such as “keynote”. Left empty, it is made from the English name.
program-piece-depends-nothing = Nothing depends on it.
program-piece-depends-rooms = { $count ->
    [one] One talk stays without a room.
   *[other] { $count } talks stay without a room.
  }
program-piece-depends-tracks = { $count ->
    [one] One talk leaves the timetable's column and stays without a track.
   *[other] { $count } talks leave the timetable's column and stay without a track.
  }
program-piece-depends-categories = { $count ->
    [one] One talk loses its category.
   *[other] { $count } talks lose their category.
  }
program-piece-depends-terms = { $count ->
    [one] One talk keeps the word, which is shown as it is.
   *[other] { $count } talks keep the word, which is shown as it is.
  }
program-day-internal = team only
program-day-name-hint = For example “Rehearsal” or “Workshop day”. May be empty.
program-day-twice = There is a day with this date already.
program-day-talks-outside = { $count ->
    [one] One talk of the day would begin outside of it. Move it first.
   *[other] { $count } talks of the day would begin outside of it. Move them first.
  }
program-day-has-talks = { $count ->
    [one] One talk is on this day. Move or remove it first.
   *[other] { $count } talks are on this day. Move or remove them first.
  }
program-days-ordered = The calendar orders the days.
program-list-full = No more than { $limit } of these.
program-needed = Please fill this in.
program-too-long = At most { $limit } characters.
program-time-malformed = A time such as 10:30.
program-capacity-range = A number from 1 to { $limit }.
program-track-slug-malformed = Small letters, digits and hyphens, such as “track-a”; a letter or digit first and last.
program-track-slug-known = This address is known already: people and players use it. It can be changed only while the conference is a draft and the track has no picture.
program-track-on-air = The track has a picture just now. Stop the encoder first.
program-room-unknown = Please choose a room of the list.
program-color-malformed = A colour such as #e5482c.
program-minutes-range = Minutes from 1 to { $limit }.
program-language-malformed = A code such as “ja” or “en”.
program-word-malformed = Small letters, digits and hyphens, such as “keynote”.
program-name-taken = There is one of this name already.
program-register = Register
program-contact = Questions?
program-settings-saved = The settings are saved.
program-settings-description-ja = About the conference, in Japanese
program-settings-description-en = About the conference, in English
program-settings-zone-hint = Another zone keeps all clock times: a talk at 10:00 stays at 10:00.
program-settings-contact = Contact
program-settings-contact-hint = A mail address, or the address of a page.
program-settings-contact-malformed = A mail address, or an address that begins with https://.
program-settings-registration-url = Registration
program-settings-registration-hint = The page where people register. The front page shows it while registration is open.
program-settings-link = Links on the front page
program-settings-link-url = Address
program-settings-link-more = One more link
program-settings-features = What there is
program-settings-features-hint = What is not ticked is not there for people outside of the team: no page, no API, no file.
program-feature-live = Live page and pictures
program-feature-chat = Chats
program-feature-speakers = Speakers' pages
program-feature-files = Calendars and schedule files

program-pages = Pages
program-pages-lead = Texts of your own: code of conduct, privacy, job board. The menu shows them in this order.
program-pages-usual = Begin with:
program-usual-code-of-conduct = Code of conduct
program-usual-privacy = Privacy
program-usual-jobs = Job board
program-usual-hands-on = Hands-on
program-usual-access = Getting there
program-page-title-ja = Title in Japanese
program-page-title-en = Title in English
program-page-body-ja = Text in Japanese
program-page-body-en = Text in English
program-page-slug = Name in addresses
program-page-slug-hint = Small letters, digits, hyphens. Left empty, it is made from the English title.
program-page-slug-malformed = Small letters, digits and hyphens, 2 to 63 of them; a letter or digit first and last.
program-page-visible = Everybody sees it
program-page-in-menu = In the menu
program-page-hidden = team only
program-page-where = Where
program-page-depends = The page is gone for good. What it said stays in the audit log.
program-page-removed = The page was removed.
program-settings-sender = Sender of mails
program-settings-sender-hint = The name in the inbox. Left empty, it is the title.
program-settings-reply-to = Answers to
program-settings-reply-to-hint = A mail address. Left empty, answers go to the site.
program-settings-reply-to-malformed = A mail address such as hello@example.org.

program-section-team = Team
program-new-visible = Who sees it
program-new-draft = Only the team, until you announce it
program-new-live = Everybody, at once: for a meetup that is about to begin
program-new-copy = After the model of another conference
program-term-types-session = Session
program-term-types-keynote = Keynote
program-term-types-lightning = Lightning talk
program-term-types-panel = Panel
program-term-types-break = Break
program-term-levels-beginner = Beginner
program-term-levels-intermediate = Intermediate
program-term-levels-advanced = Advanced
program-term-languages-ja = Japanese
program-term-languages-en = English
program-copy = Copy
program-copy-lead = The next conference after the model of this one: a draft of its own. Dates move by the difference of the first days, clock times stay. Nothing of people comes along unless you choose it.
program-copy-title = Title
program-copy-slug = Name in addresses
program-copy-first-day = First day
program-copy-first-day-hint = The other days follow at the same distance.
program-copy-take = What to take along
program-copy-make = Make the copy
program-copy-done = “{ $title }” is made, as a draft.
program-take-days = Days
program-take-places = Rooms and tracks
program-take-words = Categories, talk types, levels, lengths, languages
program-take-settings = Description, contact, links, features, who may watch
program-take-pictures = Logo, hero picture, icon
program-take-pages = Pages
program-take-talks = Talks with their times
program-take-speakers = Speakers (only together with talks)
program-delete = Delete
program-delete-lead = The conference is hidden at once from everybody but its team, and nothing in it can be changed. For thirty days the chair and the owner of the site can restore it. Then it is removed for good:
program-delete-goes = { $count ->
    [one] the programme with its one talk, speakers, pages and settings
   *[other] the programme with its { $count } talks, speakers, pages and settings
  }
program-delete-goes-live = chats, viewing statistics, what was on air, stream keys, who may watch
program-delete-goes-people = roles, invitations, and mails of the conference
program-delete-stays = The audit log stays, since it says who did what. Numbers and media addresses are never used again.
program-delete-rather = To end a conference and keep its pages, close it instead:
program-delete-type = Type the name of the conference in addresses
program-delete-typed = That is not the name. Nothing was deleted.
program-delete-done = The conference is deleted. It can be restored here for thirty days.
program-delete-until = The conference is deleted and will be removed for good on { $when }.
program-not-removed = The conference is not deleted.
program-restore = Restore it
program-restore-done = The conference is restored, as it was.
program-section-mail = Mail

program-theme = Looks
program-theme-lead = Left empty, a colour is the one of the product. What cannot be read (WCAG AA, light and dark) is not saved.
program-theme-accent = Accent
program-theme-accent-hint = Links and the main button, on light grounds.
program-theme-accent-dark = Accent in the dark
program-theme-accent-dark-hint = Left empty, the accent is lightened until it can be read.
program-theme-now = What happens now
program-theme-now-hint = The ground of “On air” and “Watch”, with white text.
program-theme-hero = Head of the front page
program-theme-hero-hint = The ground behind the title, with white text.
program-theme-readable = readable
program-theme-unreadable = cannot be read: at least { $least }
program-theme-contrast = The contrast is { $ratio }; text needs at least { $least }. Choose a darker or lighter colour.
program-theme-saved = The colours are saved.
program-about-conferences = Conferences on this site: when and where they are, and the way to the live page.
program-about-timetable = When and where the talks of { $title } are, in the time of the venue and in yours.
program-about-speakers = Who speaks at { $title }, and about what.
program-slides = Slides
program-slides-bring = Slides as files
program-slides-none = No slides yet.
program-slides-add = Upload slides
program-slides-hint = PDF, at most { $megabytes } MB. Everybody who sees the talk can download it.
program-slides-bin = Bin
program-slides-bin-named = Delete “{ $name }”
program-slides-restore-named = Bring back “{ $name }”
program-slides-added = “{ $name }” is uploaded.
program-slides-binned = “{ $name }” is in the bin.
program-slides-restored = “{ $name }” is back.
program-slides-kind = This is no PDF.
program-slides-many = A talk has at most { $limit } files of slides.
program-slides-cut-off = The file did not arrive whole. Try again.
program-preview = Preview
program-preview-lead = See the pages of the conference as somebody else does. Nothing can be changed meanwhile; one press ends it.
program-preview-persona = As whom
program-preview-visitor = Somebody who is not signed in
program-preview-attendee = Somebody who is signed in: attendees, speakers, sponsors
program-preview-state = In which state
program-preview-state-hint = How the pages will look once the conference is in that state. Pictures, sound and chats stay as they are now.
program-preview-now = As it is now
program-preview-begin = Begin the preview
program-preview-note = The pages look as they do in the state “{ $state }”.
program-looks = Pictures
program-looks-lead = JPEG, PNG or WebP, a logo also as SVG. Every picture is written anew in the sizes that pages need; where it was taken and by which camera is not kept. Without pictures the pages look as they do now.
program-look-logo = Logo
program-look-logo-hint = In the head of every page. A wide logo stands in place of the name, a square one beside it.
program-look-logo-dark = Logo in the dark
program-look-logo-dark-hint = Only where the logo cannot be seen on dark grounds.
program-look-hero = Hero picture
program-look-hero-hint = On the front page, and where somebody links to the conference. At least 1,200 pixels wide; the words stay beside it.
program-look-icon = Icon
program-look-icon-hint = In tabs, bookmarks and on home screens. Square, at least 512 pixels.
program-look-file = File
program-look-alt-ja = What it shows, in Japanese
program-look-alt-en = What it shows, in English
program-look-now = { $name }, as it is now
program-look-remove = Remove
program-look-remove-confirm = Remove “{ $name }”?
program-look-shown = “{ $name }” is shown now.
program-look-described = What “{ $name }” shows is saved.
program-look-removed = “{ $name }” is removed.
program-look-none = Choose a file first.
program-look-kind = This is no picture that can be shown here. Send a JPEG, PNG or WebP; a logo may also be an SVG.
program-look-large = The picture is too large: at most { $side } pixels wide and high, and forty megapixels.
program-svg-large = The drawing is too large: at most { $kilobytes } kB.
program-svg-broken = The drawing cannot be read. Export it once more as a plain SVG.
program-svg-size = The drawing does not say how large it is. Export it with a viewBox, or with width and height.
program-svg-refused = The drawing has something in it that cannot be taken here: { $what }. Export it as a plain SVG with outlines, or send a PNG.
program-dreamkast-kept = { $count ->
    [one] one talk was edited here; what was edited
   *[other] { $count } talks were edited here; what was edited
} stays as it is

# Spreadsheets
program-talk-ends = Ends
program-talk-number = Number
program-sheet-import = Import a spreadsheet
program-sheet-talks = Import talks from a spreadsheet
program-sheet-speakers = Import speakers from a spreadsheet
program-sheet-lead = Choose a CSV file. First you see what it would change, row by row; nothing is changed before you say so.
program-sheet-file = CSV file
program-sheet-file-hint = From Excel, Numbers, Google Sheets or any other program: “Save as CSV”. At most 16 MB and 10,000 rows.
program-sheet-reading = Characters look wrong? Say how the file is written
program-sheet-encoding-label = Encoding
program-sheet-separator-label = Between cells
program-sheet-automatic = Find out
program-sheet-encoding-utf-8 = UTF-8
program-sheet-encoding-shift_jis = Shift_JIS (Windows, Japanese)
program-sheet-encoding-utf-16 = UTF-16 (Unicode text)
program-sheet-separator-comma = Comma
program-sheet-separator-tab = Tab
program-sheet-separator-semicolon = Semicolon
program-sheet-look = See what it would change
program-sheet-how = How rows are read
program-sheet-how-header = The first row names the columns. You can say on the next page what each of them means.
program-sheet-how-columns = Columns may be about:
program-sheet-how-key-talks = A row with a number is about the talk with that number; without one, its code tells, and without that its title. Where several talks have the same title, as breaks do, time and track tell them apart. What is not there yet is added.
program-sheet-how-key-speakers = A row with a number is about the speaker with that number; without one, the code tells, and without that the name. Whoever is not there yet is added.
program-sheet-how-empty = An empty cell empties the field; a column that is left out leaves the field alone. Talks that are not in the file stay as they are.
program-sheet-how-round = A list that was saved as CSV here can be edited and imported again. The same file twice changes nothing the second time.
program-sheet-brought = Files of the last seven days
program-sheet-waiting = not imported yet
program-sheet-rows-count = { $count ->
    [one] One row.
   *[other] { $count } rows.
}
program-sheet-nothing-yet = Nothing has been changed yet.
program-sheet-overtaken = Something changed in the meantime, so nothing was imported. Please look at the comparison again; it is up to date.
program-sheet-mapping = What the columns mean
program-sheet-mapping-lead = These are guesses from their names. What you choose is remembered for the next file with the same columns.
program-sheet-column = Column
program-sheet-means = Is about
program-sheet-samples = For example
program-sheet-unnamed = Column { $number }
program-sheet-left-out = Leave out
program-sheet-over-hand = Also take over what was edited by hand
program-sheet-kept = { $count ->
    [one] One row says something else than what was edited here by hand. That is left alone.
   *[other] { $count } rows say something else than what was edited here by hand. That is left alone.
}
program-sheet-meant-day = It is meant that talks lie outside of their day
program-sheet-meant-speaker = It is meant that somebody speaks in two talks at the same time
program-sheet-again = Compare again
program-sheet-comparison = What would change
program-sheet-fate-refused = Refused
program-sheet-fate-changed = Changed
program-sheet-fate-new = New
program-sheet-fate-same = Unchanged
program-sheet-none = There are no such rows.
program-sheet-line = Line
program-sheet-what = What happens
program-sheet-same = Stays as it is.
program-sheet-confirm = Import
program-sheet-to-confirm = On to the import
program-sheet-newcomers = { $count ->
    [one] One speaker is new and is added with their talks.
   *[other] { $count } speakers are new and are added with their talks.
}
program-sheet-refused = { $count ->
    [one] One row is refused and stays out. Correct it in the file and bring that again: what is imported already is recognised.
   *[other] { $count } rows are refused and stay out. Correct them in the file and bring that again: what is imported already is recognised.
}
program-sheet-apply = Import: { $new } new, { $changed } changed
program-sheet-nothing = There is nothing to import: nothing would be different.
program-sheet-drop = Throw this file away
program-sheet-dropped = { $name } was thrown away.
program-sheet-done = { $new } new, { $changed } changed.
program-sheet-taken = Imported by { $by }.
program-sheet-another = Import another file
program-sheet-undo-lead = What this file added can be put into the bin in one step, and brought back from there. What it changed stays changed.
program-sheet-undo = { $count ->
    [one] Put the new entry into the bin
   *[other] Put the { $count } new entries into the bin
}
program-sheet-unreadable = The file cannot be read like that, so it is read as before.
program-sheet-applied = This file is imported already.
program-sheet-large = The file is too large: at most { $limit } MB.
program-sheet-csv = Line { $line } is no CSV.
program-sheet-columns = The file has too many columns: at most { $limit }.
program-sheet-rows = The file has too many rows: at most { $limit }.
program-sheet-empty = There are no rows in this file.
program-sheet-quote = In line { $line } a quotation mark begins that never ends.
program-sheet-encoding = Line { $line } has characters that are neither UTF-8 nor Shift_JIS. Save the file as UTF-8.
program-sheet-encoding-said = Line { $line } has characters that this encoding does not have. Choose another encoding.
program-sheet-cells = The row has { $found } cells, the header { $expected }.
program-sheet-number = “{ $value }” is no number. Leave the cell empty to add a new entry.
program-sheet-unknown = Number { $value } is not in this conference. Leave the cell empty to add a new entry.
program-sheet-binned = This is in the bin. Bring it back first.
program-sheet-several = “{ $value }” fits several entries. Add their numbers, as in the list saved as CSV.
program-sheet-twice = Line { $first } is about the same.
program-sheet-code = It is known by the code “{ $value }”, which files recognise it by. That cannot be changed.
program-sheet-category = There is no category “{ $value }”. Add it under Categories, or correct the cell.
program-sheet-track = There is no track “{ $value }”. Add it under Tracks, or correct the cell.
program-sheet-room = There is no room “{ $value }”. Add it under Rooms, or correct the cell.
program-sheet-state = “{ $value }” is no state: on the timetable, cancelled or hidden.
program-sheet-day = “{ $value }” is no day of this conference.
program-sheet-when = “{ $value }” is no day and time. Example: 2026-11-22 10:00–10:40
program-sheet-time = “{ $value }” is no time. Example: 10:30
program-sheet-minutes = “{ $value }” is no length. Example: 40
program-sheet-length = How long it is is missing: minutes, or when it ends.
program-sheet-homeless = A track or room needs a day and a time.
program-sheet-tangled = Too many rows are in each other's way. Import the file in smaller pieces.

# What columns are called elsewhere, with commas between.
program-column-number = no, no., talk number, talk id, speaker number
program-column-code = id, session id, proposal, submission, reference
program-column-title = session, session title, talk title, name of talk, subject
program-column-subtitle = sub title
program-column-when = date and time, slot, schedule
program-column-day = date
program-column-starts = start, start time, from, starts at, begin
program-column-ends = end, end time, to, until, ends at
program-column-minutes = duration, length, min, duration (minutes)
program-column-track = track name, stream
program-column-room = location, hall, venue
program-column-speakers = speaker, presenter, presenters, speaker names
program-column-state = status
program-column-category = category, topic, theme
program-column-kind = type, session type, format
program-column-level = level, difficulty, experience level, audience level
program-column-language = lang, spoken language
program-column-abstract = abstract, summary
program-column-description = description, details
program-column-name = speaker, speaker name, full name
program-column-biography = bio, biography, profile
program-column-avatar = avatar, photo, image, picture url
program-import-others = Or from a spreadsheet:
program-import-files = The programme as it is now:

## What is kept about people

program-kept-deeds = Schedules, spreadsheets and changes of state that you brought or planned
program-kept-deeds-why = What was done to the conference stays known; your name is taken off it.
