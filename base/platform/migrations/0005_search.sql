-- What can be searched, folded (kernel::search), and by which characters and pairs of characters it is found.
CREATE TABLE search_text (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scope, kind, subject)
);

CREATE TABLE search_gram (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    gram TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (scope, kind, gram, subject)
);
