"""Fills a fresh pretalx with the conference of a schedule.xml, published, so that it shows what ours shows.

pretalx has no import of its own. Run inside its shell's environment:

    PRETALX_CONFIG_FILE=… python fill.py SCHEDULE.xml
"""

import datetime as dt
import os
import sys
import xml.etree.ElementTree as ElementTree

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretalx.settings")
django.setup()

from django.db import transaction  # noqa: E402
from django_scopes import scope, scopes_disabled  # noqa: E402
from pretalx.event.models import Event  # noqa: E402
from pretalx.event.utils import create_organiser_with_team  # noqa: E402
from pretalx.person.models import SpeakerProfile, User  # noqa: E402
from pretalx.schedule.models import Room  # noqa: E402
from pretalx.submission.models import Submission, Track  # noqa: E402


def create_event(conference):
    organiser, _team = create_organiser_with_team(name="Bench", slug="bench", users=[])
    return Event.objects.create(
        name=conference.findtext("title"),
        slug=conference.findtext("acronym"),
        organiser=organiser,
        is_public=True,
        date_from=dt.date.fromisoformat(conference.findtext("start")),
        date_to=dt.date.fromisoformat(conference.findtext("end")),
        timezone=conference.findtext("time_zone_name"),
        email="bench@example.org",
        locale_array="en",
        locale="en",
    )


def speaker(event, name, known):
    if name not in known:
        address = f"speaker{len(known)}@example.org"
        known[name] = User.objects.create_user(name=name, email=address, locale="en", timezone=event.timezone)
        SpeakerProfile.objects.create(user=known[name], event=event, biography="")
    return known[name]


def create_talk(event, item, rooms, tracks, people):
    start = dt.datetime.fromisoformat(item.findtext("date"))
    hours, minutes = item.findtext("duration").split(":")
    length = int(hours) * 60 + int(minutes)
    track = item.findtext("track")
    if track not in tracks:
        tracks[track] = Track.objects.create(event=event, name=track, color="#225588")
    submission = Submission.objects.create(
        event=event,
        title=item.findtext("title"),
        submission_type=event.cfp.default_type,
        track=tracks[track],
        abstract=item.findtext("abstract"),
        description=item.findtext("description"),
        content_locale="en",
        duration=length,
    )
    for person in item.iterfind("persons/person"):
        submission.speakers.add(speaker(event, person.text, people))
    submission.accept()
    submission.confirm()
    slot = submission.slots.get(schedule=event.wip_schedule)
    slot.room = rooms[item.findtext("room")]
    slot.start = start
    slot.end = start + dt.timedelta(minutes=length)
    slot.save()


@transaction.atomic
def main(path):
    root = ElementTree.parse(path).getroot()
    with scopes_disabled():
        event = create_event(root.find("conference"))
    with scope(event=event):
        event.build_initial_data()
        rooms, tracks, people = {}, {}, {}
        for room in root.iterfind("day/room"):
            name = room.get("name")
            if name not in rooms:
                rooms[name] = Room.objects.create(event=event, name=name, position=len(rooms))
        for item in root.iterfind("day/room/event"):
            create_talk(event, item, rooms, tracks, people)
        event.wip_schedule.freeze("1.0", notify_speakers=False)
        print(f"{event.slug}: {event.current_schedule.talks.count()} talks")


main(sys.argv[1])
