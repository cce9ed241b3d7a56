matsuri-import-created = Created { $conference }: { $talks ->
    [one] one talk
   *[other] { $talks } talks
}.
matsuri-import-updated = Updated { $conference }: { $added } added, { $changed } changed, { $removed } removed.
matsuri-import-unchanged = { $conference } is as the file says already; nothing was changed.
matsuri-import-broken = The file cannot be used, and nothing was changed:
matsuri-import-note = note: { $text }
matsuri-not-found-conference = There is no conference of that name.
matsuri-not-found-track = There is no track of that name in this conference.
matsuri-key-none = This track has no stream key. `matsuri stream-key rotate` makes one.
matsuri-key-live = since { $created }, by { $by }, last used { $used }
matsuri-key-dead = until { $revoked }, since { $created }, by { $by }
matsuri-key-never = never
matsuri-key-revoked = The stream key was revoked; whoever published with it is disconnected.
matsuri-dreamkast-created = Created { $conference }:
matsuri-dreamkast-updated = Updated { $conference }:
matsuri-dreamkast-unchanged = { $conference } is as the export says already; nothing was changed:
matsuri-dreamkast-dry = A dry run for { $conference }; nothing was changed. With it:
matsuri-dreamkast-rows = read { $file }: { $count ->
    [one] one row
   *[other] { $count } rows
}
matsuri-dreamkast-talks = talks: { $total } read; { $added } new, { $changed } changed, { $same } as they were; { $shown } on the timetable, { $hidden } hidden
matsuri-dreamkast-speakers = speakers: { $total } read; { $added } new, { $changed } changed, { $same } as they were
