import { describe, expect, it } from "vitest";
import { draftKey, missing, same } from "../src/lib/forms.ts";
import { fold, rank } from "../src/palette/rank.ts";

describe("drafts", () => {
  it("belong to an address and a form", () => {
    expect(draftKey("/a/admin/talks/new", "talk")).toBe("draft /a/admin/talks/new#talk");
  });
  it("are equal only field by field and in order", () => {
    expect(same([["a", "1"]], [["a", "1"]])).toBe(true);
    expect(same([["a", "1"], ["b", "2"]], [["b", "2"], ["a", "1"]])).toBe(false);
  });
  it("need the server where they have more rows than the form, and only then", () => {
    expect(missing(["title", "link.url"], ["title", "link.url", "link.url"])).toBe(true);
    expect(missing(["title", "link.url"], ["title", "link.url", "tag", "tag"])).toBe(false);
  });
});

describe("the palette", () => {
  const items = [
    { label: "Timetable", href: "/t" },
    { label: "祭りの監視", note: "山田 愛子", href: "/a" },
    { label: "Observing time", note: "Li", href: "/b" },
  ];
  it("finds words in names and notes whatever their width, case and kana", () => {
    expect(fold("ｶﾞｲﾄﾞ ABC")).toBe(fold("がいど abc"));
    expect(rank(items, "監視", 9).map((item) => item.href)).toEqual(["/a"]);
    expect(rank(items, "愛子 祭", 9).map((item) => item.href)).toEqual(["/a"]);
  });
  it("puts names that begin so first, and shows no more than it should", () => {
    expect(rank(items, "time", 9).map((item) => item.href)).toEqual(["/t", "/b"]);
    expect(rank(items, "", 2)).toHaveLength(2);
  });
});
