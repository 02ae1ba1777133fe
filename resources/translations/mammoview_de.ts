<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About mammoview</source>
        <translation>Über mammoview</translation>
    </message>
    <message>
        <source>Research and teaching software, not a medical device and not for diagnosis: nothing that it says may be used to treat, recall or reassure anybody.</source>
        <translation>Software für Forschung und Lehre, kein Medizinprodukt und nicht zur Diagnose: Nichts, was sie sagt, darf dazu dienen, jemanden zu behandeln, einzubestellen oder zu beruhigen.</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>Als Text kopieren</translation>
    </message>
    <message>
        <source>For a report: versions, checksum and places, nothing of patients</source>
        <translation>Für eine Meldung: Versionen, Prüfsumme und Orte, nichts über Patientinnen</translation>
    </message>
    <message>
        <source>Model {title}</source>
        <translation>Modell {title}</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>Kein Modell geladen</translation>
    </message>
    <message>
        <source>SHA-256 {sum}</source>
        <translation>SHA-256 {sum}</translation>
    </message>
    <message>
        <source>Intended use: {use}</source>
        <translation>Zweckbestimmung: {use}</translation>
    </message>
    <message>
        <source>Where and how it was trained, by its card:</source>
        <translation>Wo und wie es trainiert wurde, laut Modellkarte:</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>Modellkarte</translation>
    </message>
    <message>
        <source>mammoview: MIT. Typeface Inter: SIL Open Font License 1.1.</source>
        <translation>mammoview: MIT. Schrift Inter: SIL Open Font License 1.1.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>none in use</source>
        <translation>keine in Gebrauch</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>Action</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Studie</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Befundung</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Grey levels</source>
        <translation>Grauwerte</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Heatmap</translation>
    </message>
    <message>
        <source>Tomosynthesis</source>
        <translation>Tomosynthese</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Open files</source>
        <translation>Dateien öffnen</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open demonstration study</source>
        <translation>Demonstrationsstudie öffnen</translation>
    </message>
    <message>
        <source>Retrieve from an archive…</source>
        <translation>Aus einem Archiv holen…</translation>
    </message>
    <message>
        <source>Archives…</source>
        <translation>Archive…</translation>
    </message>
    <message>
        <source>Cancel what is loading</source>
        <translation>Laden abbrechen</translation>
    </message>
    <message>
        <source>Export this view</source>
        <translation>Diese Aufnahme exportieren</translation>
    </message>
    <message>
        <source>Export all views</source>
        <translation>Alle Aufnahmen exportieren</translation>
    </message>
    <message>
        <source>Copy this view as seen</source>
        <translation>Diese Aufnahme wie gezeigt kopieren</translation>
    </message>
    <message>
        <source>Copy all views as seen</source>
        <translation>Alle Aufnahmen wie gezeigt kopieren</translation>
    </message>
    <message>
        <source>Write as DICOM…</source>
        <translation>Als DICOM schreiben…</translation>
    </message>
    <message>
        <source>De-identified copy…</source>
        <translation>Anonymisierte Kopie…</translation>
    </message>
    <message>
        <source>Files that were refused</source>
        <translation>Abgelehnte Dateien</translation>
    </message>
    <message>
        <source>Memory limit…</source>
        <translation>Speichergrenze…</translation>
    </message>
    <message>
        <source>Close all studies</source>
        <translation>Alle Studien schließen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Next study</source>
        <translation>Nächste Studie</translation>
    </message>
    <message>
        <source>Previous study</source>
        <translation>Vorige Studie</translation>
    </message>
    <message>
        <source>Current and prior in turn</source>
        <translation>Aktuell und Voraufnahme im Wechsel</translation>
    </message>
    <message>
        <source>Next view</source>
        <translation>Nächste Aufnahme</translation>
    </message>
    <message>
        <source>Previous view</source>
        <translation>Vorige Aufnahme</translation>
    </message>
    <message>
        <source>Four views</source>
        <translation>Vier Aufnahmen</translation>
    </message>
    <message>
        <source>CC pair</source>
        <translation>CC-Paar</translation>
    </message>
    <message>
        <source>MLO pair</source>
        <translation>MLO-Paar</translation>
    </message>
    <message>
        <source>This view alone</source>
        <translation>Nur diese Aufnahme</translation>
    </message>
    <message>
        <source>Layouts in turn</source>
        <translation>Anordnungen der Reihe nach</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>One to one</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Einpassen</translation>
    </message>
    <message>
        <source>Look up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Look down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Look left</source>
        <translation>Nach links</translation>
    </message>
    <message>
        <source>Look right</source>
        <translation>Nach rechts</translation>
    </message>
    <message>
        <source>Zoom, pan and frames linked</source>
        <translation>Zoom, Verschieben und Schichten gekoppelt</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>Texte</translation>
    </message>
    <message>
        <source>All texts</source>
        <translation>Alle Texte</translation>
    </message>
    <message>
        <source>Overlays of the file</source>
        <translation>Overlays der Datei</translation>
    </message>
    <message>
        <source>Marks and maps of other makers</source>
        <translation>Markierungen und Karten anderer Hersteller</translation>
    </message>
    <message>
        <source>Marks and maps of other makers, one by one</source>
        <translation>Markierungen und Karten anderer Hersteller, einzeln</translation>
    </message>
    <message>
        <source>Part that the presentation state shows</source>
        <translation>Ausschnitt, den der Präsentationszustand zeigt</translation>
    </message>
    <message>
        <source>CAD of other makers: next operating point</source>
        <translation>CAD anderer Hersteller: nächster Arbeitspunkt</translation>
    </message>
    <message>
        <source>Study list</source>
        <translation>Studienliste</translation>
    </message>
    <message>
        <source>Side panel</source>
        <translation>Seitenleiste</translation>
    </message>
    <message>
        <source>Full screen, images only</source>
        <translation>Vollbild, nur Bilder</translation>
    </message>
    <message>
        <source>Second monitor</source>
        <translation>Zweiter Monitor</translation>
    </message>
    <message>
        <source>Next window</source>
        <translation>Nächste Fensterung</translation>
    </message>
    <message>
        <source>Previous window</source>
        <translation>Vorige Fensterung</translation>
    </message>
    <message>
        <source>Wider window</source>
        <translation>Fenster weiter</translation>
    </message>
    <message>
        <source>Narrower window</source>
        <translation>Fenster enger</translation>
    </message>
    <message>
        <source>Brighter</source>
        <translation>Heller</translation>
    </message>
    <message>
        <source>Darker</source>
        <translation>Dunkler</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Invertieren</translation>
    </message>
    <message>
        <source>Air black when inverted</source>
        <translation>Luft schwarz bei Invertierung</translation>
    </message>
    <message>
        <source>Reset position and window</source>
        <translation>Lage und Fensterung zurücksetzen</translation>
    </message>
    <message>
        <source>Grey levels of this view</source>
        <translation>Grauwerte dieser Aufnahme</translation>
    </message>
    <message>
        <source>Hold the heat map off</source>
        <translation>Heatmap ausblenden, solange gedrückt</translation>
    </message>
    <message>
        <source>More opaque</source>
        <translation>Deckender</translation>
    </message>
    <message>
        <source>Less opaque</source>
        <translation>Durchsichtiger</translation>
    </message>
    <message>
        <source>Raise threshold</source>
        <translation>Schwelle anheben</translation>
    </message>
    <message>
        <source>Lower threshold</source>
        <translation>Schwelle senken</translation>
    </message>
    <message>
        <source>Next colour map</source>
        <translation>Nächste Farbskala</translation>
    </message>
    <message>
        <source>Show below operating point</source>
        <translation>Auch unter dem Arbeitspunkt</translation>
    </message>
    <message>
        <source>Start the classifier again</source>
        <translation>Klassifikator neu starten</translation>
    </message>
    <message>
        <source>Next frame</source>
        <translation>Nächste Schicht</translation>
    </message>
    <message>
        <source>Previous frame</source>
        <translation>Vorige Schicht</translation>
    </message>
    <message>
        <source>A tenth of the frames on</source>
        <translation>Ein Zehntel der Schichten weiter</translation>
    </message>
    <message>
        <source>A tenth of the frames back</source>
        <translation>Ein Zehntel der Schichten zurück</translation>
    </message>
    <message>
        <source>First frame</source>
        <translation>Erste Schicht</translation>
    </message>
    <message>
        <source>Last frame</source>
        <translation>Letzte Schicht</translation>
    </message>
    <message>
        <source>Cine</source>
        <translation>Cine</translation>
    </message>
    <message>
        <source>Cine faster</source>
        <translation>Cine schneller</translation>
    </message>
    <message>
        <source>Cine slower</source>
        <translation>Cine langsamer</translation>
    </message>
    <message>
        <source>Slab: 1, 3, 5, 9, all frames</source>
        <translation>Schichtpaket: 1, 3, 5, 9, alle</translation>
    </message>
    <message>
        <source>Slab: maximum or average</source>
        <translation>Schichtpaket: Maximum oder Mittel</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>Tasten ändern…</translation>
    </message>
    <message>
        <source>Language…</source>
        <translation>Sprache…</translation>
    </message>
    <message>
        <source>Tour</source>
        <translation>Rundgang</translation>
    </message>
    <message>
        <source>About mammoview</source>
        <translation>Über mammoview</translation>
    </message>
    <message>
        <source>Next step</source>
        <translation>Nächster Schritt</translation>
    </message>
    <message>
        <source>Previous step</source>
        <translation>Voriger Schritt</translation>
    </message>
    <message>
        <source>Next part at 1:1</source>
        <translation>Nächster Teil bei 1:1</translation>
    </message>
    <message>
        <source>Previous part at 1:1</source>
        <translation>Voriger Teil bei 1:1</translation>
    </message>
    <message>
        <source>Next of the other images, in this view</source>
        <translation>Nächstes der übrigen Bilder, an dieser Stelle</translation>
    </message>
    <message>
        <source>Step: CC pair</source>
        <translation>Schritt: CC-Paar</translation>
    </message>
    <message>
        <source>Step: MLO pair</source>
        <translation>Schritt: MLO-Paar</translation>
    </message>
    <message>
        <source>Current against prior</source>
        <translation>Aktuell neben Voraufnahme</translation>
    </message>
    <message>
        <source>Current and prior in place, in turn</source>
        <translation>Aktuell und Voraufnahme am selben Platz</translation>
    </message>
    <message>
        <source>Pointer</source>
        <translation>Zeiger</translation>
    </message>
    <message>
        <source>Ruler</source>
        <translation>Lineal</translation>
    </message>
    <message>
        <source>Angle</source>
        <translation>Winkel</translation>
    </message>
    <message>
        <source>Ellipse: mean, SD, area</source>
        <translation>Ellipse: Mittel, SD, Fläche</translation>
    </message>
    <message>
        <source>Freehand region: mean, SD, area</source>
        <translation>Freihandregion: Mittel, SD, Fläche</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>Arrow</source>
        <translation>Pfeil</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Nipple</source>
        <translation>Mamille</translation>
    </message>
    <message>
        <source>Delete the selected mark</source>
        <translation>Gewählte Markierung löschen</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Do again</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Marks</source>
        <translation>Markierungen</translation>
    </message>
    <message>
        <source>Magnifier</source>
        <translation>Lupe</translation>
    </message>
    <message>
        <source>True size</source>
        <translation>Originalgröße</translation>
    </message>
    <message>
        <source>Calibrate the screen…</source>
        <translation>Bildschirm kalibrieren…</translation>
    </message>
    <message>
        <source>Studies of the library</source>
        <translation>Studien der Bibliothek</translation>
    </message>
    <message>
        <source>Find in the library</source>
        <translation>In der Bibliothek suchen</translation>
    </message>
    <message>
        <source>Library by date, name, state, score in turn</source>
        <translation>Bibliothek nach Datum, Name, Stand, Wert im Wechsel</translation>
    </message>
    <message>
        <source>Library: all, not read, in progress, read</source>
        <translation>Bibliothek: alle, nicht gelesen, in Arbeit, gelesen</translation>
    </message>
    <message>
        <source>Folders of the library…</source>
        <translation>Ordner der Bibliothek…</translation>
    </message>
    <message>
        <source>Look for new studies</source>
        <translation>Nach neuen Studien sehen</translation>
    </message>
    <message>
        <source>Finish and go to the next unread</source>
        <translation>Abschließen, nächste ungelesene</translation>
    </message>
    <message>
        <source>Not read yet</source>
        <translation>Noch nicht gelesen</translation>
    </message>
    <message>
        <source>Show the classifier now</source>
        <translation>Klassifikator jetzt zeigen</translation>
    </message>
    <message>
        <source>Classifier: after my first look, concurrent, off</source>
        <translation>Klassifikator: nach meinem ersten Blick, gleichzeitig, aus</translation>
    </message>
    <message>
        <source>Score the list ahead</source>
        <translation>Liste im Voraus bewerten</translation>
    </message>
    <message>
        <source>Next operating point</source>
        <translation>Nächster Arbeitspunkt</translation>
    </message>
    <message>
        <source>Prevalence at this site…</source>
        <translation>Prävalenz an diesem Ort…</translation>
    </message>
    <message>
        <source>Free text</source>
        <translation>Freitext</translation>
    </message>
    <message>
        <source>Export assessment</source>
        <translation>Beurteilung exportieren</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 0, incomplete</source>
        <translation>Diese Brust: BI-RADS 0, unvollständig</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 1, negative</source>
        <translation>Diese Brust: BI-RADS 1, negativ</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 2, benign</source>
        <translation>Diese Brust: BI-RADS 2, gutartig</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 3, probably benign</source>
        <translation>Diese Brust: BI-RADS 3, wahrscheinlich gutartig</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 4, suspicious</source>
        <translation>Diese Brust: BI-RADS 4, suspekt</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 5, highly suggestive of malignancy</source>
        <translation>Diese Brust: BI-RADS 5, hochgradig malignitätsverdächtig</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 6, known malignancy</source>
        <translation>Diese Brust: BI-RADS 6, bekannte Malignität</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 0</source>
        <translation>Beide Brüste: BI-RADS 0</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 1</source>
        <translation>Beide Brüste: BI-RADS 1</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 2</source>
        <translation>Beide Brüste: BI-RADS 2</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 3</source>
        <translation>Beide Brüste: BI-RADS 3</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 4</source>
        <translation>Beide Brüste: BI-RADS 4</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 5</source>
        <translation>Beide Brüste: BI-RADS 5</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 6</source>
        <translation>Beide Brüste: BI-RADS 6</translation>
    </message>
    <message>
        <source>This breast: density A, almost entirely fatty</source>
        <translation>Diese Brust: Dichte A, fast vollständig lipomatös</translation>
    </message>
    <message>
        <source>This breast: density B, scattered fibroglandular density</source>
        <translation>Diese Brust: Dichte B, vereinzelt fibroglanduläre Verdichtungen</translation>
    </message>
    <message>
        <source>This breast: density C, heterogeneously dense</source>
        <translation>Diese Brust: Dichte C, heterogen dicht</translation>
    </message>
    <message>
        <source>This breast: density D, extremely dense</source>
        <translation>Diese Brust: Dichte D, extrem dicht</translation>
    </message>
    <message>
        <source>Both breasts: density A to D in turn</source>
        <translation>Beide Brüste: Dichte A bis D der Reihe nach</translation>
    </message>
    <message>
        <source>Go to the highest score</source>
        <translation>Zum höchsten Score</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Ziehen</translation>
    </message>
    <message>
        <source>Window: right wider, down darker</source>
        <translation>Fensterung: rechts weiter, unten dunkler</translation>
    </message>
    <message>
        <source>Shift + drag</source>
        <translation>Umschalt + Ziehen</translation>
    </message>
    <message>
        <source>Window of all views</source>
        <translation>Fensterung aller Aufnahmen</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Rad</translation>
    </message>
    <message>
        <source>Zoom at the cursor; through the frames of tomosynthesis</source>
        <translation>Zoom am Zeiger; bei Tomosynthese durch die Schichten</translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation>Strg + Rad</translation>
    </message>
    <message>
        <source>Zoom at the cursor</source>
        <translation>Zoom am Zeiger</translation>
    </message>
    <message>
        <source>Middle drag, Space + drag</source>
        <translation>Mitteltaste ziehen, Leertaste + Ziehen</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>Verschieben</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>This view alone, and back</source>
        <translation>Nur diese Aufnahme, und zurück</translation>
    </message>
    <message>
        <source>Right click</source>
        <translation>Rechtsklick</translation>
    </message>
    <message>
        <source>Commands for this place</source>
        <translation>Befehle für diese Stelle</translation>
    </message>
    <message>
        <source>Drag on a mark</source>
        <translation>Auf einer Markierung ziehen</translation>
    </message>
    <message>
        <source>Move it, or one of its points; Shift keeps the tool for the next</source>
        <translation>Sie oder einen ihrer Punkte bewegen; Umschalt behält das Werkzeug für die nächste</translation>
    </message>
    <message>
        <source>Double click on a finding or text</source>
        <translation>Doppelklick auf Befund oder Text</translation>
    </message>
    <message>
        <source>Describe it</source>
        <translation>Beschreiben</translation>
    </message>
    <message>
        <source>Drop files or folders</source>
        <translation>Dateien oder Ordner ablegen</translation>
    </message>
    <message>
        <source>Open them</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>Ahead</name>
    <message>
        <source>scored ahead {done} of {total}</source>
        <translation>im Voraus bewertet: {done} von {total}</translation>
    </message>
    <message>
        <source>Waits while you work</source>
        <translation>Wartet, während Sie arbeiten</translation>
    </message>
    <message>
        <source>Waits for the pictures that are loading</source>
        <translation>Wartet auf die Bilder, die geladen werden</translation>
    </message>
    <message>
        <source>Waits for the scores of this study</source>
        <translation>Wartet auf die Scores dieser Studie</translation>
    </message>
    <message>
        <source>The other studies cannot be read or scored</source>
        <translation>Die übrigen Studien lassen sich nicht lesen oder bewerten</translation>
    </message>
    <message>
        <source>Studies of the list are scored before they are opened</source>
        <translation>Studien der Liste werden bewertet, bevor sie geöffnet werden</translation>
    </message>
</context>
<context>
    <name>ArchiveEditor</name>
    <message>
        <source>New archive</source>
        <translation>Neues Archiv</translation>
    </message>
    <message>
        <source>Change the archive</source>
        <translation>Archiv ändern</translation>
    </message>
    <message>
        <source>a PACS (DICOM network)</source>
        <translation>ein PACS (DICOM-Netz)</translation>
    </message>
    <message>
        <source>a DICOMweb service (HTTP)</source>
        <translation>ein DICOMweb-Dienst (HTTP)</translation>
    </message>
    <message>
        <source>https://HOST[:PORT]/PATH</source>
        <translation>https://RECHNER[:PORT]/PFAD</translation>
    </message>
    <message>
        <source>It goes into the system&apos;s keyring, and into no file</source>
        <translation>Es kommt in den Schlüsselbund des Systems und in keine Datei</translation>
    </message>
    <message>
        <source>the system&apos;s authorities</source>
        <translation>die Zertifizierungsstellen des Systems</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>name and password</source>
        <translation>Name und Passwort</translation>
    </message>
    <message>
        <source>bearer token</source>
        <translation>Bearer-Token</translation>
    </message>
    <message>
        <source>C-GET: over the connection that asks</source>
        <translation>C-GET: über die Verbindung, die fragt</translation>
    </message>
    <message>
        <source>C-MOVE: the archive calls back</source>
        <translation>C-MOVE: das Archiv ruft zurück</translation>
    </message>
    <message>
        <source>Encrypted (TLS)</source>
        <translation>Verschlüsselt (TLS)</translation>
    </message>
    <message>
        <source>there is no file {}</source>
        <translation>es gibt keine Datei {}</translation>
    </message>
    <message>
        <source>choose a PEM file of authorities</source>
        <translation>wählen Sie eine PEM-Datei mit Zertifizierungsstellen</translation>
    </message>
    <message>
        <source>no user is named</source>
        <translation>kein Benutzer ist genannt</translation>
    </message>
    <message>
        <source>write the name, without a colon</source>
        <translation>schreiben Sie den Namen, ohne Doppelpunkt</translation>
    </message>
    <message>
        <source>no password or token is given</source>
        <translation>weder Passwort noch Token ist angegeben</translation>
    </message>
    <message>
        <source>write it here, or set {} in the environment</source>
        <translation>schreiben Sie es hierher, oder setzen Sie {} in der Umgebung</translation>
    </message>
    <message>
        <source>an encrypted connection needs three files</source>
        <translation>eine verschlüsselte Verbindung braucht drei Dateien</translation>
    </message>
    <message>
        <source>choose certificate, key and authority</source>
        <translation>Zertifikat, Schlüssel und Zertifizierungsstelle wählen</translation>
    </message>
    <message>
        <source>&amp;Kind</source>
        <translation>A&amp;rt</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>Add&amp;ress</source>
        <translation>Adr&amp;esse</translation>
    </message>
    <message>
        <source>It asks &amp;for</source>
        <translation>Er &amp;verlangt</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>Ben&amp;utzer</translation>
    </message>
    <message>
        <source>Pass&amp;word or token</source>
        <translation>Pass&amp;wort oder Token</translation>
    </message>
    <message>
        <source>Authorities to trust</source>
        <translation>Vertraute Zertifizierungsstellen</translation>
    </message>
    <message>
        <source>&amp;AE title</source>
        <translation>&amp;AE-Titel</translation>
    </message>
    <message>
        <source>&amp;Host</source>
        <translation>&amp;Rechner</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>&amp;Port</translation>
    </message>
    <message>
        <source>&amp;Our AE title</source>
        <translation>&amp;Unser AE-Titel</translation>
    </message>
    <message>
        <source>&amp;Images come by</source>
        <translation>&amp;Bilder kommen mit</translation>
    </message>
    <message>
        <source>Our port &amp;for them</source>
        <translation>Unser Port &amp;dafür</translation>
    </message>
    <message>
        <source>Our certificate</source>
        <translation>Unser Zertifikat</translation>
    </message>
    <message>
        <source>Its key</source>
        <translation>Sein Schlüssel</translation>
    </message>
    <message>
        <source>Authority</source>
        <translation>Zertifizierungsstelle</translation>
    </message>
    <message>
        <source>Name in its certificate</source>
        <translation>Name in seinem Zertifikat</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Choose a PEM file</source>
        <translation>PEM-Datei wählen</translation>
    </message>
    <message>
        <source>that of {} in the environment</source>
        <translation>das von {} in der Umgebung</translation>
    </message>
    <message>
        <source>as it was</source>
        <translation>wie bisher</translation>
    </message>
</context>
<context>
    <name>Archives</name>
    <message>
        <source>there is an archive of this name</source>
        <translation>es gibt schon ein Archiv dieses Namens</translation>
    </message>
    <message>
        <source>take another name</source>
        <translation>anderen Namen nehmen</translation>
    </message>
    <message>
        <source>{name}: the password or token is not kept: {error}</source>
        <translation>{name}: Passwort oder Token ist nicht aufbewahrt: {error}</translation>
    </message>
    <message>
        <source>the keyring had not taken it when the window was closed</source>
        <translation>der Schlüsselbund hatte es nicht angenommen, als das Fenster geschlossen wurde</translation>
    </message>
    <message>
        <source>give it again</source>
        <translation>erneut angeben</translation>
    </message>
    <message>
        <source>nothing says what to look for</source>
        <translation>nichts sagt, was zu suchen ist</translation>
    </message>
    <message>
        <source>give a name, a number or a date</source>
        <translation>Namen, Nummer oder Datum angeben</translation>
    </message>
</context>
<context>
    <name>ArchivesDialog</name>
    <message>
        <source>Archives</source>
        <translation>Archive</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>AE title</source>
        <translation>AE-Titel</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Images come by</source>
        <translation>Bilder kommen mit</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>Hinzufügen…</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Ändern…</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Ask whether it is there (C-ECHO, or a search for one study)</source>
        <translation>Fragen, ob es da ist (C-ECHO oder Suche nach einer Studie)</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>&amp;Fetch priors of the open case from</source>
        <translation>&amp;Voraufnahmen des offenen Falls holen aus</translation>
    </message>
    <message>
        <source>&amp;Retrieved studies go to</source>
        <translation>&amp;Geholte Studien kommen nach</translation>
    </message>
    <message>
        <source>Retrieved studies go to</source>
        <translation>Geholte Studien kommen nach</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keinem</translation>
    </message>
    <message>
        <source>{}: images go over http, where anyone can read them</source>
        <translation>{}: Bilder gehen über http, wo jeder sie lesen kann</translation>
    </message>
    <message>
        <source>{} answers in {} ms</source>
        <translation>{} antwortet in {} ms</translation>
    </message>
    <message>
        <source>asking {}</source>
        <translation>frage {}</translation>
    </message>
    <message>
        <source>Remove the archive</source>
        <translation>Archiv entfernen</translation>
    </message>
    <message>
        <source>{} will no longer be known. What was retrieved from it stays.</source>
        <translation>{} wird nicht mehr bekannt sein. Was daraus geholt wurde, bleibt.</translation>
    </message>
</context>
<context>
    <name>Assessment</name>
    <message>
        <source>{reader} has written on this case too: both texts stand</source>
        <translation>{reader} hat auch etwas zu diesem Fall geschrieben: beide Texte gelten</translation>
    </message>
    <message>
        <source>BI-RADS {}</source>
        <translation>BI-RADS {}</translation>
    </message>
    <message>
        <source>density {}</source>
        <translation>Dichte {}</translation>
    </message>
    <message>
        <source>{side}: {reader} had given {words} meanwhile; yours is in force now</source>
        <translation>{side}: {reader} hatte inzwischen {words} vergeben; jetzt gilt Ihre Angabe</translation>
    </message>
</context>
<context>
    <name>AssessmentPanel</name>
    <message>
        <source>Free text of the case</source>
        <translation>Freitext zum Fall</translation>
    </message>
    <message>
        <source>Reader</source>
        <translation>Befunder</translation>
    </message>
    <message>
        <source>right</source>
        <translation>rechts</translation>
    </message>
    <message>
        <source>left</source>
        <translation>links</translation>
    </message>
    <message>
        <source>Density</source>
        <translation>Dichte</translation>
    </message>
    <message>
        <source>not kept: there is no library</source>
        <translation>nicht gespeichert: es gibt keine Bibliothek</translation>
    </message>
    <message>
        <source>{}: older study, not assessed here</source>
        <translation>{}: ältere Studie, hier ohne Befundung</translation>
    </message>
</context>
<context>
    <name>Associated</name>
    <message>
        <source>skin retraction</source>
        <translation>Hautretraktion</translation>
    </message>
    <message>
        <source>nipple retraction</source>
        <translation>Mamillenretraktion</translation>
    </message>
    <message>
        <source>skin thickening</source>
        <translation>Hautverdickung</translation>
    </message>
    <message>
        <source>trabecular thickening</source>
        <translation>trabekuläre Verdickung</translation>
    </message>
    <message>
        <source>axillary adenopathy</source>
        <translation>axilläre Adenopathie</translation>
    </message>
    <message>
        <source>architectural distortion</source>
        <translation>Architekturstörung</translation>
    </message>
    <message>
        <source>calcifications</source>
        <translation>Kalzifikationen</translation>
    </message>
</context>
<context>
    <name>AsymmetryKind</name>
    <message>
        <source>asymmetry</source>
        <translation>Asymmetrie</translation>
    </message>
    <message>
        <source>global asymmetry</source>
        <translation>globale Asymmetrie</translation>
    </message>
    <message>
        <source>focal asymmetry</source>
        <translation>fokale Asymmetrie</translation>
    </message>
    <message>
        <source>developing asymmetry</source>
        <translation>sich entwickelnde Asymmetrie</translation>
    </message>
</context>
<context>
    <name>CalibrationDialog</name>
    <message>
        <source>Calibrate the screen</source>
        <translation>Bildschirm kalibrieren</translation>
    </message>
    <message>
        <source>Lay a ruler on the line and enter its length between the two ticks, to half a millimetre. Without a ruler enter {length} mm, and make the line as long as a bank card.</source>
        <translation>Legen Sie ein Lineal an die Linie und geben Sie ihre Länge zwischen den beiden Strichen auf einen halben Millimeter genau ein. Ohne Lineal geben Sie {length} mm ein und machen die Linie so lang wie eine Bankkarte.</translation>
    </message>
    <message>
        <source>This screen was calibrated before.</source>
        <translation>Dieser Bildschirm ist bereits kalibriert.</translation>
    </message>
    <message>
        <source>This screen is not calibrated yet.</source>
        <translation>Dieser Bildschirm ist noch nicht kalibriert.</translation>
    </message>
    <message>
        <source>&amp;Length of the line</source>
        <translation>&amp;Länge der Linie</translation>
    </message>
    <message>
        <source>&amp;Pixels of the line</source>
        <translation>&amp;Pixel der Linie</translation>
    </message>
</context>
<context>
    <name>Calibrations</name>
    <message>
        <source>no screen shows {pixels} pixels on {length} mm</source>
        <translation>kein Bildschirm zeigt {pixels} Pixel auf {length} mm</translation>
    </message>
    <message>
        <source>measure the line again</source>
        <translation>messen Sie die Linie noch einmal</translation>
    </message>
</context>
<context>
    <name>Caution</name>
    <message>
        <source>no breast with air beside it was found: look whether anything is written in it</source>
        <translation>keine Brust mit Luft daneben gefunden: sehen Sie nach, ob etwas darin geschrieben steht</translation>
    </message>
    <message>
        <source>{} row(s) of letters stand over the breast and were left: look whom they name</source>
        <translation>{} Zeile(n) Schrift stehen über der Brust und blieben: sehen Sie nach, wen sie nennen</translation>
    </message>
    <message>
        <source>the file said that an annotation is burned in, and none was found: look for it</source>
        <translation>laut Datei ist Schrift eingebrannt, gefunden wurde keine: suchen Sie danach</translation>
    </message>
</context>
<context>
    <name>ClosingQuestion</name>
    <message>
        <source>{words}. Closing the window now loses what is on the screen only.</source>
        <translation>{words}. Wird das Fenster jetzt geschlossen, geht verloren, was nur auf dem Bildschirm steht.</translation>
    </message>
    <message>
        <source>The library is still being written to.</source>
        <translation>Die Bibliothek wird noch geschrieben.</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Close without keeping</source>
        <translation>Ohne Speichern schließen</translation>
    </message>
    <message>
        <source>Go on reading</source>
        <translation>Weiter befunden</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Open files</source>
        <translation>Dateien öffnen</translation>
    </message>
    <message>
        <source>Open a folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>writing {}</source>
        <translation>schreibe {}</translation>
    </message>
    <message>
        <source>written to {}</source>
        <translation>geschrieben nach {}</translation>
    </message>
    <message>
        <source>copied, {} × {} pixels</source>
        <translation>kopiert, {} × {} Pixel</translation>
    </message>
    <message>
        <source>without patient identity</source>
        <translation>ohne Patientendaten</translation>
    </message>
    <message>
        <source>this is the last study</source>
        <translation>dies ist die letzte Studie</translation>
    </message>
    <message>
        <source>this is the first study</source>
        <translation>dies ist die erste Studie</translation>
    </message>
    <message>
        <source>there is no other study of this patient</source>
        <translation>es gibt keine andere Studie dieser Patientin</translation>
    </message>
    <message>
        <source>heat map: {}</source>
        <translation>Heatmap: {}</translation>
    </message>
    <message>
        <source>this view has one frame only</source>
        <translation>diese Aufnahme hat nur eine Schicht</translation>
    </message>
    <message>
        <source>cine at {} frames per second</source>
        <translation>Cine mit {} Schichten pro Sekunde</translation>
    </message>
    <message>
        <source>looking for new studies</source>
        <translation>neue Studien werden gesucht</translation>
    </message>
    <message>
        <source>there is no other operating point</source>
        <translation>es gibt keinen anderen Arbeitspunkt</translation>
    </message>
    <message>
        <source>the side of this view is not known</source>
        <translation>die Seite dieser Aufnahme ist nicht bekannt</translation>
    </message>
    <message>
        <source>choose a view whose side is</source>
        <translation>wählen Sie eine Aufnahme mit bekannter Seite</translation>
    </message>
    <message>
        <source>no study is open</source>
        <translation>keine Studie ist geöffnet</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>öffnen Sie zuerst eine</translation>
    </message>
    <message>
        <source>DICOM is being written already</source>
        <translation>DICOM wird schon geschrieben</translation>
    </message>
    <message>
        <source>written to {} and {}</source>
        <translation>geschrieben nach {} und {}</translation>
    </message>
    <message>
        <source>this study has nothing of other makers</source>
        <translation>diese Studie hat nichts von anderen Herstellern</translation>
    </message>
    <message>
        <source>{} shows them</source>
        <translation>{} zeigt sie</translation>
    </message>
    <message>
        <source>marks and maps of other makers are hidden</source>
        <translation>Markierungen und Karten anderer Hersteller sind ausgeblendet</translation>
    </message>
    <message>
        <source>the list of other makers&apos; marks and maps is not in sight</source>
        <translation>die Liste der Markierungen und Karten anderer Hersteller ist nicht zu sehen</translation>
    </message>
    <message>
        <source>leave full screen first</source>
        <translation>zuerst das Vollbild verlassen</translation>
    </message>
    <message>
        <source>none of other makers&apos; marks and maps can be shown or hidden now</source>
        <translation>jetzt lässt sich keine Markierung oder Karte anderer Hersteller ein- oder ausblenden</translation>
    </message>
    <message>
        <source>no CAD report of this study has optional findings</source>
        <translation>kein CAD-Bericht dieser Studie hat optionale Befunde</translation>
    </message>
    <message>
        <source>CAD operating point {}</source>
        <translation>CAD-Arbeitspunkt {}</translation>
    </message>
    <message>
        <source>CAD: required findings only</source>
        <translation>CAD: nur erforderliche Befunde</translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n new or changed in the library</source>
        <translation>
            <numerusform>%n neu oder geändert in der Bibliothek</numerusform>
            <numerusform>%n neu oder geändert in der Bibliothek</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies left out: their UIDs are those of another study here</source>
        <translation>
            <numerusform>%n Studie ausgelassen: ihre UIDs gehören hier zu einer anderen Studie</numerusform>
            <numerusform>%n Studien ausgelassen: ihre UIDs gehören hier zu einer anderen Studie</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>table of %n values</source>
        <translation>
            <numerusform>Tabelle mit %n Wert</numerusform>
            <numerusform>Tabelle mit %n Werten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies</source>
        <translation>
            <numerusform>%n Studie</numerusform>
            <numerusform>%n Studien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n images</source>
        <translation>
            <numerusform>%n Bild</numerusform>
            <numerusform>%n Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files</source>
        <translation>
            <numerusform>%n Datei</numerusform>
            <numerusform>%n Dateien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n objects</source>
        <translation>
            <numerusform>%n Objekt</numerusform>
            <numerusform>%n Objekte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files refused</source>
        <translation>
            <numerusform>%n Datei abgelehnt</numerusform>
            <numerusform>%n Dateien abgelehnt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frames</source>
        <translation>
            <numerusform>%n Schicht</numerusform>
            <numerusform>%n Schichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>+ %n weiteres</numerusform>
            <numerusform>+ %n weitere</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes not kept</source>
        <translation>
            <numerusform>%n Änderung nicht gespeichert</numerusform>
            <numerusform>%n Änderungen nicht gespeichert</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DeidentifyDialog</name>
    <message>
        <source>De-identified copy</source>
        <translation>Anonymisierte Kopie</translation>
    </message>
    <message>
        <source>Make the copy</source>
        <translation>Kopie anlegen</translation>
    </message>
    <message>
        <source>Folder for the copy</source>
        <translation>Ordner für die Kopie</translation>
    </message>
    <message>
        <source>Keep the age (over 89 as 90), sex, size and weight</source>
        <translation>Alter (über 89 als 90), Geschlecht, Größe und Gewicht behalten</translation>
    </message>
    <message>
        <source>File with the secret</source>
        <translation>Datei mit dem Geheimnis</translation>
    </message>
    <message>
        <source>none: the pseudonyms are made once and forgotten</source>
        <translation>keine: die Pseudonyme gelten einmal und werden vergessen</translation>
    </message>
    <message>
        <source>Accept letters over the breast, and images without a breast</source>
        <translation>Schrift über der Brust und Bilder ohne Brust zulassen</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Secret</source>
        <translation>Geheimnis</translation>
    </message>
    <message>
        <source>The whole study, {files}: names, numbers and texts are removed, UIDs replaced, dates moved, and what is written beside the breast is blanked (PS3.15 Annex E). The same secret gives the same pseudonyms again: keep it, and keep it apart from the copy. Marks and assessments are not in it.</source>
        <translation>Die ganze Studie, {files}: Namen, Nummern und Texte werden entfernt, UIDs ersetzt, Daten verschoben, und was neben der Brust geschrieben steht, wird geschwärzt (PS3.15 Anhang E). Dasselbe Geheimnis ergibt wieder dieselben Pseudonyme: bewahren Sie es auf, getrennt von der Kopie. Markierungen und Beurteilungen sind nicht darin.</translation>
    </message>
    <message>
        <source>the secret would lie in the copy: whoever has both can try out names</source>
        <translation>das Geheimnis läge in der Kopie: wer beides hat, kann Namen durchprobieren</translation>
    </message>
    <message>
        <source>keep it elsewhere</source>
        <translation>bewahren Sie es anderswo auf</translation>
    </message>
    <message>
        <source>{files} of {all} in {place}</source>
        <translation>{files} von {all} in {place}</translation>
    </message>
    <message>
        <source>blanked beside the breast: {} of {}</source>
        <translation>neben der Brust geschwärzt: {} von {}</translation>
    </message>
    <message>
        <source>did not say whether an annotation is burned in: {}</source>
        <translation>ohne Angabe, ob Schrift eingebrannt ist: {}</translation>
    </message>
    <message>
        <source>Look at these before you give them away:</source>
        <translation>Sehen Sie diese an, bevor Sie sie weitergeben:</translation>
    </message>
    <message>
        <source>What was done to each attribute stands in deidentification.json there.</source>
        <translation>Was mit jedem Attribut geschah, steht dort in deidentification.json.</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Files that were refused</source>
        <translation>Abgelehnte Dateien</translation>
    </message>
    <message>
        <source>Nothing was refused.</source>
        <translation>Nichts wurde abgelehnt.</translation>
    </message>
    <message>
        <source>The rest was opened.</source>
        <translation>Das Übrige wurde geöffnet.</translation>
    </message>
    <message>
        <source>Memory limit</source>
        <translation>Speichergrenze</translation>
    </message>
    <message>
        <source>Images, previews and frames together may take</source>
        <translation>Bilder, Vorschauen und Schichten dürfen zusammen belegen</translation>
    </message>
    <message>
        <source>default, {} MiB</source>
        <translation>Standard, {} MiB</translation>
    </message>
    <message>
        <source>{} MiB are in use. What is on the screen stays in memory in any case.</source>
        <translation>{} MiB sind belegt. Was auf dem Bildschirm steht, bleibt in jedem Fall im Speicher.</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>Mit Patientendaten</translation>
    </message>
    <message>
        <source>The picture will show the patient&apos;s name, number and date.</source>
        <translation>Das Bild zeigt Name, Nummer und Datum der Patientin.</translation>
    </message>
    <message>
        <source>Whoever gets the picture can tell who she is.</source>
        <translation>Wer das Bild bekommt, kann erkennen, wer sie ist.</translation>
    </message>
    <message>
        <source>Export with identity</source>
        <translation>Mit Patientendaten exportieren</translation>
    </message>
    <message>
        <source>Replace the file</source>
        <translation>Datei ersetzen</translation>
    </message>
    <message>
        <source>{} exists already.</source>
        <translation>{} ist bereits vorhanden.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>A fault in mammoview</source>
        <translation>Ein Fehler in mammoview</translation>
    </message>
    <message>
        <source>mammoview failed at something and goes on.</source>
        <translation>In mammoview ist etwas fehlgeschlagen; es läuft weiter.</translation>
    </message>
    <message>
        <source>A record without patient identity is in</source>
        <translation>Eine Aufzeichnung ohne Patientendaten liegt in</translation>
    </message>
</context>
<context>
    <name>DicomExport</name>
    <message>
        <source>these images are no DICOM: no object can refer to them</source>
        <translation>diese Bilder sind kein DICOM: kein Objekt kann auf sie verweisen</translation>
    </message>
    <message>
        <source>the classifier is not done with this study yet</source>
        <translation>der Klassifikator ist mit dieser Studie noch nicht fertig</translation>
    </message>
    <message>
        <source>scores of single frames are not written</source>
        <translation>Werte einzelner Schichten werden nicht geschrieben</translation>
    </message>
    <message>
        <source>the classifier has said nothing of this study</source>
        <translation>der Klassifikator hat zu dieser Studie nichts gesagt</translation>
    </message>
    <message>
        <source>no view has a heat map</source>
        <translation>keine Aufnahme hat eine Heatmap</translation>
    </message>
    <message>
        <source>nothing was assessed</source>
        <translation>nichts wurde beurteilt</translation>
    </message>
    <message>
        <source>nothing was measured</source>
        <translation>nichts wurde gemessen</translation>
    </message>
    <message>
        <source>there was nothing to write</source>
        <translation>es gab nichts zu schreiben</translation>
    </message>
</context>
<context>
    <name>DicomExportDialog</name>
    <message>
        <source>Write as DICOM</source>
        <translation>Als DICOM schreiben</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>Objekte</translation>
    </message>
    <message>
        <source>a folder</source>
        <translation>ein Ordner</translation>
    </message>
    <message>
        <source>send to {}</source>
        <translation>senden an {}</translation>
    </message>
    <message>
        <source>Folder for DICOM objects</source>
        <translation>Ordner für DICOM-Objekte</translation>
    </message>
    <message>
        <source>Where to</source>
        <translation>Wohin</translation>
    </message>
    <message>
        <source>The objects name the patient, as the images do. States and pictures are as you see the views now.</source>
        <translation>Die Objekte nennen die Patientin, wie die Bilder. Darstellungen und Bilder sind so, wie Sie die Aufnahmen jetzt sehen.</translation>
    </message>
    <message>
        <source>What the classifier says is hidden from you: it is written nowhere, nor drawn.</source>
        <translation>Was der Klassifikator sagt, ist Ihnen verborgen: es wird nirgends geschrieben oder gezeichnet.</translation>
    </message>
    <message>
        <source>Pictures with marks</source>
        <translation>Bilder mit Markierungen</translation>
    </message>
    <message>
        <source>Presentation states</source>
        <translation>Darstellungen (Presentation States)</translation>
    </message>
    <message>
        <source>CAD result</source>
        <translation>CAD-Ergebnis</translation>
    </message>
    <message>
        <source>Heat maps</source>
        <translation>Heatmaps</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Beurteilung</translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation>Messungen</translation>
    </message>
    <message>
        <source>nothing is chosen</source>
        <translation>nichts ist ausgewählt</translation>
    </message>
    <message>
        <source>{files} sent to {place}</source>
        <translation>{files} an {place} gesendet</translation>
    </message>
    <message>
        <source>{files} written to {place}</source>
        <translation>{files} nach {place} geschrieben</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>Schreiben</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
</context>
<context>
    <name>Distribution</name>
    <message>
        <source>diffuse</source>
        <translation>diffus</translation>
    </message>
    <message>
        <source>regional</source>
        <translation>regional</translation>
    </message>
    <message>
        <source>grouped</source>
        <translation>gruppiert</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>linear</translation>
    </message>
    <message>
        <source>segmental</source>
        <translation>segmental</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>No study is open</source>
        <translation>Keine Studie ist geöffnet</translation>
    </message>
    <message>
        <source>Drop files, folders, archives or a DICOMDIR here</source>
        <translation>Dateien, Ordner, Archive oder ein DICOMDIR hier ablegen</translation>
    </message>
    <message>
        <source>{keys}  shows all keys,  {library}  the studies of the library</source>
        <translation>{keys}  zeigt alle Tasten,  {library}  die Studien der Bibliothek</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Native resolution, {note}</source>
        <translation>Native Auflösung, {note}</translation>
    </message>
    <message>
        <source>no pixel shrunk</source>
        <translation>kein Pixel verkleinert</translation>
    </message>
    <message>
        <source>As seen on the screen</source>
        <translation>Wie auf dem Bildschirm gezeigt</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>Mit Patientendaten</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Resolution</source>
        <translation>Auflösung</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>Exportieren nach</translation>
    </message>
    <message>
        <source>this names no file</source>
        <translation>das benennt keine Datei</translation>
    </message>
    <message>
        <source>write a name behind the folder</source>
        <translation>schreiben Sie einen Namen hinter den Ordner</translation>
    </message>
    <message>
        <source>there is no home folder {}</source>
        <translation>es gibt keinen Benutzerordner {}</translation>
    </message>
    <message>
        <source>name another folder</source>
        <translation>nennen Sie einen anderen Ordner</translation>
    </message>
    <message>
        <source>{} is no kind of picture</source>
        <translation>{} ist kein Bildformat</translation>
    </message>
    <message>
        <source>end the name in {}</source>
        <translation>der Name muss enden auf {}</translation>
    </message>
    <message>
        <source>there is no folder {}</source>
        <translation>es gibt keinen Ordner {}</translation>
    </message>
    <message>
        <source>name a folder that exists</source>
        <translation>nennen Sie einen vorhandenen Ordner</translation>
    </message>
    <message>
        <source>{} is a folder</source>
        <translation>{} ist ein Ordner</translation>
    </message>
    <message>
        <source>name a file</source>
        <translation>nennen Sie eine Datei</translation>
    </message>
    <message>
        <source>the name is too long</source>
        <translation>der Name ist zu lang</translation>
    </message>
    <message>
        <source>it cannot be used</source>
        <translation>er ist nicht verwendbar</translation>
    </message>
    <message>
        <source>nothing can be written there: {}</source>
        <translation>dort kann nichts geschrieben werden: {}</translation>
    </message>
    <message>
        <source>choose another name</source>
        <translation>wählen Sie einen anderen Namen</translation>
    </message>
    <message>
        <source>this is no name of a file</source>
        <translation>das ist kein Dateiname</translation>
    </message>
</context>
<context>
    <name>FindingDialog</name>
    <message>
        <source>Describe the finding</source>
        <translation>Befund beschreiben</translation>
    </message>
    <message>
        <source>not described</source>
        <translation>nicht beschrieben</translation>
    </message>
    <message>
        <source>&amp;Finding</source>
        <translation>&amp;Befund</translation>
    </message>
    <message>
        <source>&amp;Shape</source>
        <translation>&amp;Form</translation>
    </message>
    <message>
        <source>&amp;Margin</source>
        <translation>&amp;Rand</translation>
    </message>
    <message>
        <source>&amp;Density</source>
        <translation>&amp;Dichte</translation>
    </message>
    <message>
        <source>M&amp;orphology</source>
        <translation>&amp;Morphologie</translation>
    </message>
    <message>
        <source>D&amp;istribution</source>
        <translation>&amp;Verteilung</translation>
    </message>
    <message>
        <source>&amp;Asymmetry</source>
        <translation>&amp;Asymmetrie</translation>
    </message>
    <message>
        <source>Associated</source>
        <translation>Assoziiert</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>&amp;Notiz</translation>
    </message>
</context>
<context>
    <name>FindingKind</name>
    <message>
        <source>mass</source>
        <translation>Herd</translation>
    </message>
    <message>
        <source>calcifications</source>
        <translation>Kalzifikationen</translation>
    </message>
    <message>
        <source>architectural distortion</source>
        <translation>Architekturstörung</translation>
    </message>
    <message>
        <source>asymmetry</source>
        <translation>Asymmetrie</translation>
    </message>
    <message>
        <source>intramammary lymph node</source>
        <translation>intramammärer Lymphknoten</translation>
    </message>
    <message>
        <source>skin lesion</source>
        <translation>Hautläsion</translation>
    </message>
    <message>
        <source>solitary dilated duct</source>
        <translation>solitärer dilatierter Milchgang</translation>
    </message>
    <message>
        <source>associated feature</source>
        <translation>assoziiertes Merkmal</translation>
    </message>
</context>
<context>
    <name>Finishing</name>
    <message>
        <source>this study has just come up: it is not finished</source>
        <translation>diese Studie ist gerade erst erschienen: sie wird nicht abgeschlossen</translation>
    </message>
    <message>
        <source>no BI-RADS for either breast: press again to finish without</source>
        <translation>für keine Brust BI-RADS: noch einmal drücken, um ohne abzuschließen</translation>
    </message>
    <message>
        <source>no BI-RADS for the left breast: press again to finish without</source>
        <translation>kein BI-RADS für die linke Brust: noch einmal drücken, um ohne abzuschließen</translation>
    </message>
    <message>
        <source>no BI-RADS for the right breast: press again to finish without</source>
        <translation>kein BI-RADS für die rechte Brust: noch einmal drücken, um ohne abzuschließen</translation>
    </message>
</context>
<context>
    <name>FoldersDialog</name>
    <message>
        <source>Folders of the library</source>
        <translation>Ordner der Bibliothek</translation>
    </message>
    <message>
        <source>&amp;Watch a folder…</source>
        <translation>Ordner &amp;beobachten…</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>&amp;Erneut durchsehen</translation>
    </message>
    <message>
        <source>&amp;Remove from the list…</source>
        <translation>Aus der Liste &amp;entfernen…</translation>
    </message>
    <message>
        <source>Take the folder and its studies out of the list; no file is touched (Delete)</source>
        <translation>Den Ordner und seine Studien aus der Liste nehmen; keine Datei wird angerührt (Entf)</translation>
    </message>
    <message>
        <source>A folder with a tick is watched: what comes into it is in the list by itself.</source>
        <translation>Ein Ordner mit Haken wird beobachtet: Was hineinkommt, steht von selbst in der Liste.</translation>
    </message>
    <message>
        <source>Space sets the tick. Studies stay in the list without it.</source>
        <translation>Die Leertaste setzt den Haken. Ohne ihn bleiben die Studien in der Liste.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Watch a folder</source>
        <translation>Ordner beobachten</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>Aus der Liste entfernen</translation>
    </message>
    <message>
        <source>{} and its studies leave the list. No file is touched.</source>
        <translation>{} und seine Studien verlassen die Liste. Keine Datei wird angerührt.</translation>
    </message>
    <message>
        <source>What readers made of them is kept: assessments, marks and who read what when.</source>
        <translation>Was Befunder daraus gemacht haben, bleibt: Beurteilungen, Markierungen und wer wann was gelesen hat.</translation>
    </message>
    <message>
        <source>Open the folder again, and they are listed with all of it.</source>
        <translation>Wird der Ordner wieder geöffnet, stehen sie mit alldem wieder in der Liste.</translation>
    </message>
    <message>
        <source>Studies that also lie in another folder of the library stay; what is on the screen stays open.</source>
        <translation>Studien, die auch in einem anderen Ordner der Bibliothek liegen, bleiben; was auf dem Bildschirm ist, bleibt geöffnet.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
</context>
<context>
    <name>ForeignModel</name>
    <message>
        <source>A model of another maker</source>
        <translation>Ein fremdes Modell</translation>
    </message>
    <message>
        <source>{} {} did not come with mammoview. Load it?</source>
        <translation>{} {} gehört nicht zu mammoview. Laden?</translation>
    </message>
    <message>
        <source>Load models of people you trust alone. What it says of itself: {}
Checksum: {}</source>
        <translation>Laden Sie nur Modelle von Leuten, denen Sie vertrauen. Was es von sich sagt: {}
Prüfsumme: {}</translation>
    </message>
    <message>
        <source>Load it</source>
        <translation>Laden</translation>
    </message>
    <message>
        <source>Use mammoview&apos;s own</source>
        <translation>Das von mammoview verwenden</translation>
    </message>
</context>
<context>
    <name>GreyPanel</name>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>The file&apos;s own window for this view</source>
        <translation>Die Fensterung der Datei für diese Aufnahme</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>kein Bild</translation>
    </message>
    <message>
        <source>{view}, stored values in the breast</source>
        <translation>{view}, gespeicherte Werte in der Brust</translation>
    </message>
    <message>
        <source>{view}, modality values in the breast</source>
        <translation>{view}, Modalitätswerte in der Brust</translation>
    </message>
</context>
<context>
    <name>ImageCache</name>
    <message>
        <source>{} MiB is no memory limit</source>
        <translation>{} MiB ist keine mögliche Speichergrenze</translation>
    </message>
    <message>
        <source>{} to {} MiB, 0 for the default</source>
        <translation>{} bis {} MiB, 0 für den Standard</translation>
    </message>
</context>
<context>
    <name>ImageStore</name>
    <message>
        <source>loading was cancelled</source>
        <translation>das Laden wurde abgebrochen</translation>
    </message>
    <message>
        <source>open the study again</source>
        <translation>öffnen Sie die Studie erneut</translation>
    </message>
</context>
<context>
    <name>Indexing</name>
    <message>
        <source>reading {} into the library</source>
        <translation>lese {} in die Bibliothek ein</translation>
    </message>
    <message>
        <source>{} is out of the list</source>
        <translation>{} ist nicht mehr in der Liste</translation>
    </message>
    <message>
        <source>the files of the chosen study hold another one by now: this is the first of the list</source>
        <translation>die Dateien der gewählten Studie enthalten inzwischen eine andere: dies ist die erste der Liste</translation>
    </message>
    <message>
        <source>open its folder again</source>
        <translation>ihren Ordner neu öffnen</translation>
    </message>
    <message>
        <source>{} does not answer</source>
        <translation>{} antwortet nicht</translation>
    </message>
    <message>
        <source>look whether its drive is there</source>
        <translation>nachsehen, ob sein Laufwerk da ist</translation>
    </message>
</context>
<context>
    <name>JobRunner</name>
    <message>
        <source>mammoview failed here</source>
        <translation>mammoview ist hier fehlgeschlagen</translation>
    </message>
    <message>
        <source>please report it</source>
        <translation>bitte melden Sie es</translation>
    </message>
</context>
<context>
    <name>KeyBindings</name>
    <message>
        <source>keys in the settings that are not used: {}</source>
        <translation>nicht verwendete Tasten in den Einstellungen: {}</translation>
    </message>
    <message>
        <source>press another key</source>
        <translation>drücken Sie eine andere Taste</translation>
    </message>
    <message>
        <source>{} belongs to “{}”</source>
        <translation>{} gehört zu „{}“</translation>
    </message>
    <message>
        <source>press another key, or take it from that command first</source>
        <translation>drücken Sie eine andere Taste oder nehmen Sie sie zuerst jenem Befehl</translation>
    </message>
    <message>
        <source>{}: no such command</source>
        <translation>{}: kein solcher Befehl</translation>
    </message>
    <message>
        <source>{}: not a list of keys</source>
        <translation>{}: keine Liste von Tasten</translation>
    </message>
    <message>
        <source>{}: {} belongs to {}</source>
        <translation>{}: {} gehört zu {}</translation>
    </message>
    <message>
        <source>not one key</source>
        <translation>nicht eine Taste</translation>
    </message>
    <message>
        <source>it closes dialogs and gives up what is being drawn</source>
        <translation>sie schließt Dialoge und verwirft, was gerade gezeichnet wird</translation>
    </message>
    <message>
        <source>it opens what is chosen in lists, texts and dialogs</source>
        <translation>sie öffnet das Gewählte in Listen, Texten und Dialogen</translation>
    </message>
    <message>
        <source>it moves the picture while it is held</source>
        <translation>sie verschiebt das Bild, solange sie gedrückt ist</translation>
    </message>
</context>
<context>
    <name>KeyFile</name>
    <message>
        <source>{path}: cannot be read: {reason}</source>
        <translation>{path}: nicht lesbar: {reason}</translation>
    </message>
    <message>
        <source>name another file</source>
        <translation>nennen Sie eine andere Datei</translation>
    </message>
    <message>
        <source>{path}: is no key file</source>
        <translation>{path}: ist keine Tastendatei</translation>
    </message>
    <message>
        <source>name one that was exported here</source>
        <translation>nennen Sie eine, die hier exportiert wurde</translation>
    </message>
    <message>
        <source>{path}: holds no keys</source>
        <translation>{path}: enthält keine Tasten</translation>
    </message>
    <message>
        <source>name a file that was exported here</source>
        <translation>nennen Sie eine Datei, die hier exportiert wurde</translation>
    </message>
</context>
<context>
    <name>KeypadCommands</name>
    <message>
        <source>the window speaks it from its next start on</source>
        <translation>das Fenster spricht sie ab dem nächsten Start</translation>
    </message>
    <message>
        <source>no view of this study has a score</source>
        <translation>keine Aufnahme dieser Studie hat einen Score</translation>
    </message>
</context>
<context>
    <name>KeysEditor</name>
    <message>
        <source>Change keys</source>
        <translation>Tasten ändern</translation>
    </message>
    <message>
        <source>Search: a word, or a key by its name</source>
        <translation>Suche: ein Wort oder der Name einer Taste</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Find by key</source>
        <translation>Nach Taste suchen</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>Neue Taste</translation>
    </message>
    <message>
        <source>Further key</source>
        <translation>Weitere Taste</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importieren…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportieren…</translation>
    </message>
    <message>
        <source>All to default</source>
        <translation>Alle auf Standard</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>geändert</translation>
    </message>
    <message>
        <source>Take this key away</source>
        <translation>Diese Taste wegnehmen</translation>
    </message>
    <message>
        <source>Press the key for “{}”; Esc leaves it as it is</source>
        <translation>Drücken Sie die Taste für „{}“; Esc lässt alles, wie es ist</translation>
    </message>
    <message>
        <source>Press a key to see what it does; Esc gives up</source>
        <translation>Drücken Sie eine Taste, um zu sehen, was sie tut; Esc bricht ab</translation>
    </message>
    <message>
        <source>{} is free</source>
        <translation>{} ist frei</translation>
    </message>
    <message>
        <source>Export keys</source>
        <translation>Tasten exportieren</translation>
    </message>
    <message>
        <source>Import keys</source>
        <translation>Tasten importieren</translation>
    </message>
    <message>
        <source>written to {}</source>
        <translation>geschrieben nach {}</translation>
    </message>
    <message>
        <source>not used: {}</source>
        <translation>nicht verwendet: {}</translation>
    </message>
    <message>
        <source>the keys of the file are in use</source>
        <translation>die Tasten der Datei sind in Gebrauch</translation>
    </message>
</context>
<context>
    <name>KeysSheet</name>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Search: a word, or a key by its name</source>
        <translation>Suche: ein Wort oder der Name einer Taste</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>Tasten ändern…</translation>
    </message>
</context>
<context>
    <name>LanguageDialog</name>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>As the system: {}</source>
        <translation>Wie das System: {}</translation>
    </message>
    <message>
        <source>The window speaks it from its next start on. Pictures and files stay English.</source>
        <translation>Das Fenster spricht sie ab dem nächsten Start. Bilder und Dateien bleiben englisch.</translation>
    </message>
</context>
<context>
    <name>LibraryLink</name>
    <message>
        <source>no study library: {error}</source>
        <translation>keine Studienbibliothek: {error}</translation>
    </message>
    <message>
        <source>there is no study library</source>
        <translation>es gibt keine Studienbibliothek</translation>
    </message>
    <message>
        <source>the library keeps everything again</source>
        <translation>die Bibliothek speichert wieder alles</translation>
    </message>
</context>
<context>
    <name>LibraryMarks</name>
    <message>
        <source>the study is not in the library: this is kept on the screen only</source>
        <translation>die Studie ist nicht in der Bibliothek: dies bleibt nur auf dem Bildschirm</translation>
    </message>
    <message>
        <source>marks that this version cannot read: {}; they are kept, and not shown</source>
        <translation>Markierungen, die diese Version nicht lesen kann: {}; sie bleiben erhalten und werden nicht gezeigt</translation>
    </message>
</context>
<context>
    <name>LibraryPanel</name>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Name, ID, accession number, description, date as 2026-01-31</source>
        <translation>Name, ID, Auftragsnummer, Beschreibung, Datum wie 2026-01-31</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Erneut durchsehen</translation>
    </message>
    <message>
        <source>Folders…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>Folders that the library holds studies of, and which of them are watched</source>
        <translation>Ordner, aus denen die Bibliothek Studien hat, und welche davon beobachtet werden</translation>
    </message>
    <message>
        <source>Look at the watched folders for new studies, at the others for what is gone</source>
        <translation>Beobachtete Ordner auf neue Studien durchsehen, die übrigen auf Fehlendes</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Not read</source>
        <translation>Nicht gelesen</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>In progress</source>
        <translation>In Arbeit</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Gelesen</translation>
    </message>
    <message>
        <source>there is no study library</source>
        <translation>es gibt keine Studienbibliothek</translation>
    </message>
    <message>
        <source>look at the status line at the start</source>
        <translation>sehen Sie beim Start auf die Statuszeile</translation>
    </message>
    <message>
        <source>Return continues where you were</source>
        <translation>Return macht weiter, wo Sie waren</translation>
    </message>
    <message>
        <source>Return opens the list from here on</source>
        <translation>Return öffnet die Liste ab hier</translation>
    </message>
</context>
<context>
    <name>Listing</name>
    <message>
        <source>the files of this study are gone</source>
        <translation>die Dateien dieser Studie fehlen</translation>
    </message>
    <message>
        <source>the files of this study are gone from {}</source>
        <translation>die Dateien dieser Studie fehlen in {}</translation>
    </message>
    <message>
        <source>open them where they are now</source>
        <translation>öffnen Sie sie dort, wo sie jetzt liegen</translation>
    </message>
    <message>
        <source>open them by themselves</source>
        <translation>sie für sich allein öffnen</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>reading</source>
        <translation>lese ein</translation>
    </message>
    <message>
        <source>{} shows them</source>
        <translation>{} zeigt sie</translation>
    </message>
    <message>
        <source>the images are behind the list</source>
        <translation>die Bilder liegen hinter der Liste</translation>
    </message>
    <message>
        <source>{}: on</source>
        <translation>{}: an</translation>
    </message>
    <message>
        <source>{}: off</source>
        <translation>{}: aus</translation>
    </message>
    <message>
        <source>a fault in mammoview: {}</source>
        <translation>ein Fehler in mammoview: {}</translation>
    </message>
    <message>
        <source>there is no image in what was opened (name a folder that holds mammograms)</source>
        <translation>im Geöffneten ist kein Bild (nennen Sie einen Ordner mit Mammogrammen)</translation>
    </message>
</context>
<context>
    <name>MarkBook</name>
    <message>
        <source>the marks of this study cannot be read: {error}</source>
        <translation>die Markierungen dieser Studie sind nicht lesbar: {error}</translation>
    </message>
    <message>
        <source>the mark is on the screen but not stored: {error}</source>
        <translation>die Markierung steht auf dem Bildschirm, ist aber nicht gespeichert: {error}</translation>
    </message>
</context>
<context>
    <name>MarkKind</name>
    <message>
        <source>ruler</source>
        <translation>Lineal</translation>
    </message>
    <message>
        <source>angle</source>
        <translation>Winkel</translation>
    </message>
    <message>
        <source>ellipse</source>
        <translation>Ellipse</translation>
    </message>
    <message>
        <source>freehand</source>
        <translation>Freihand</translation>
    </message>
    <message>
        <source>arrow</source>
        <translation>Pfeil</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>finding</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>nipple</source>
        <translation>Mamille</translation>
    </message>
</context>
<context>
    <name>MassDensity</name>
    <message>
        <source>high density</source>
        <translation>hohe Dichte</translation>
    </message>
    <message>
        <source>equal density</source>
        <translation>gleiche Dichte</translation>
    </message>
    <message>
        <source>low density</source>
        <translation>niedrige Dichte</translation>
    </message>
    <message>
        <source>fat-containing</source>
        <translation>fetthaltig</translation>
    </message>
</context>
<context>
    <name>MassMargin</name>
    <message>
        <source>circumscribed</source>
        <translation>umschrieben</translation>
    </message>
    <message>
        <source>obscured</source>
        <translation>überlagert</translation>
    </message>
    <message>
        <source>microlobulated</source>
        <translation>mikrolobuliert</translation>
    </message>
    <message>
        <source>indistinct</source>
        <translation>unscharf</translation>
    </message>
    <message>
        <source>spiculated</source>
        <translation>spikuliert</translation>
    </message>
</context>
<context>
    <name>MassShape</name>
    <message>
        <source>oval</source>
        <translation>oval</translation>
    </message>
    <message>
        <source>round</source>
        <translation>rund</translation>
    </message>
    <message>
        <source>irregular</source>
        <translation>irregulär</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>Recent studies</source>
        <translation>Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>noch keine</translation>
    </message>
    <message>
        <source>One to one here</source>
        <translation>1:1 an dieser Stelle</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fensterung</translation>
    </message>
</context>
<context>
    <name>Monitors</name>
    <message>
        <source>there is one monitor only</source>
        <translation>es gibt nur einen Monitor</translation>
    </message>
    <message>
        <source>connect a second one</source>
        <translation>schließen Sie einen zweiten an</translation>
    </message>
</context>
<context>
    <name>Morphology</name>
    <message>
        <source>skin</source>
        <translation>Haut</translation>
    </message>
    <message>
        <source>vascular</source>
        <translation>vaskulär</translation>
    </message>
    <message>
        <source>coarse or popcorn-like</source>
        <translation>grob oder popcornartig</translation>
    </message>
    <message>
        <source>large rod-like</source>
        <translation>groß stäbchenförmig</translation>
    </message>
    <message>
        <source>round</source>
        <translation>rund</translation>
    </message>
    <message>
        <source>rim</source>
        <translation>schalenförmig</translation>
    </message>
    <message>
        <source>dystrophic</source>
        <translation>dystroph</translation>
    </message>
    <message>
        <source>milk of calcium</source>
        <translation>Kalkmilch</translation>
    </message>
    <message>
        <source>suture</source>
        <translation>Nahtmaterial</translation>
    </message>
    <message>
        <source>amorphous</source>
        <translation>amorph</translation>
    </message>
    <message>
        <source>coarse heterogeneous</source>
        <translation>grob heterogen</translation>
    </message>
    <message>
        <source>fine pleomorphic</source>
        <translation>fein pleomorph</translation>
    </message>
    <message>
        <source>fine linear or fine-linear branching</source>
        <translation>fein linear oder fein linear verzweigt</translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>not for diagnosis</source>
        <translation>nicht zur Diagnose</translation>
    </message>
</context>
<context>
    <name>ObjectKind</name>
    <message>
        <source>presentation state</source>
        <translation>Präsentationszustand</translation>
    </message>
    <message>
        <source>CAD report</source>
        <translation>CAD-Bericht</translation>
    </message>
    <message>
        <source>measurements</source>
        <translation>Messungen</translation>
    </message>
    <message>
        <source>report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation>Segmentierung</translation>
    </message>
    <message>
        <source>parametric map</source>
        <translation>parametrische Karte</translation>
    </message>
</context>
<context>
    <name>OverlaidBook</name>
    <message>
        <source>there is no image in this view</source>
        <translation>in dieser Ansicht ist keine Aufnahme</translation>
    </message>
    <message>
        <source>no presentation state of this image names a part of it</source>
        <translation>kein Präsentationszustand dieser Aufnahme nennt einen Ausschnitt</translation>
    </message>
</context>
<context>
    <name>OverlaidList</name>
    <message>
        <source>Of other makers</source>
        <translation>Von anderen Herstellern</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>hung as all views are: tick it anew to see it as its maker laid it</source>
        <translation>gehängt wie alle Aufnahmen: erneut anhaken, um sie so zu sehen, wie ihr Hersteller sie gelegt hat</translation>
    </message>
</context>
<context>
    <name>Pane</name>
    <message>
        <source>no {} in this study</source>
        <translation>keine {} in dieser Studie</translation>
    </message>
    <message>
        <source> or </source>
        <translation> oder </translation>
    </message>
    <message>
        <source>no {} in the prior study</source>
        <translation>keine {} in der Voraufnahme</translation>
    </message>
</context>
<context>
    <name>Phase</name>
    <message>
        <source>writing</source>
        <translation>schreibt</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>sendet</translation>
    </message>
    <message>
        <source>copying</source>
        <translation>kopiert</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>shrunk to {} %, as a picture has at most {} pixels a side</source>
        <translation>auf {} % verkleinert, da ein Bild höchstens {} Pixel je Seite hat</translation>
    </message>
    <message>
        <source>patient identity may be burned into the pixels: {}</source>
        <translation>Patientendaten können in die Pixel eingebrannt sein: {}</translation>
    </message>
    <message>
        <source>there is no image to export</source>
        <translation>es gibt kein Bild zum Exportieren</translation>
    </message>
    <message>
        <source>open a study first</source>
        <translation>öffnen Sie zuerst eine Studie</translation>
    </message>
    <message>
        <source>the image is still loading</source>
        <translation>das Bild wird noch geladen</translation>
    </message>
    <message>
        <source>export it when it is there</source>
        <translation>exportieren Sie es, wenn es da ist</translation>
    </message>
</context>
<context>
    <name>PlaceLine</name>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>this names no folder</source>
        <translation>das nennt keinen Ordner</translation>
    </message>
    <message>
        <source>choose one</source>
        <translation>wählen Sie einen</translation>
    </message>
    <message>
        <source>there is no folder {}</source>
        <translation>es gibt keinen Ordner {}</translation>
    </message>
    <message>
        <source>name a folder that exists</source>
        <translation>nennen Sie einen vorhandenen Ordner</translation>
    </message>
    <message>
        <source>there is no such home folder</source>
        <translation>es gibt keinen solchen persönlichen Ordner</translation>
    </message>
</context>
<context>
    <name>PredictionService</name>
    <message>
        <source>not run: {}</source>
        <translation>nicht ausgeführt: {}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>nicht ausgeführt</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
</context>
<context>
    <name>Prevalence</name>
    <message>
        <source>not for this site&apos;s prevalence</source>
        <translation>nicht für die Prävalenz dieses Ortes</translation>
    </message>
    <message>
        <source>for a prevalence of {}</source>
        <translation>für eine Prävalenz von {}</translation>
    </message>
    <message>
        <source>{} does not tell at which prevalence it was calibrated</source>
        <translation>{} sagt nicht, bei welcher Prävalenz es kalibriert wurde</translation>
    </message>
    <message>
        <source>All scores and operating points: calibrated at {calibrated}, moved to {site}</source>
        <translation>Alle Werte und Arbeitspunkte: kalibriert bei {calibrated}, verschoben auf {site}</translation>
    </message>
</context>
<context>
    <name>PrevalenceDialog</name>
    <message>
        <source>Prevalence at this site</source>
        <translation>Prävalenz an diesem Ort</translation>
    </message>
    <message>
        <source>Breasts with cancer among 1,000 examined ones</source>
        <translation>Brüste mit Krebs unter 1000 untersuchten</translation>
    </message>
    <message>
        <source>as the model is calibrated</source>
        <translation>wie das Modell kalibriert ist</translation>
    </message>
    <message>
        <source> in 1,000</source>
        <translation> von 1000</translation>
    </message>
    <message>
        <source>No model is loaded yet, and none can be corrected.</source>
        <translation>Noch ist kein Modell geladen, das angepasst werden könnte.</translation>
    </message>
    <message>
        <source>{} does not tell at which prevalence it was calibrated: its scores stay as they are.</source>
        <translation>{} sagt nicht, bei welcher Prävalenz es kalibriert wurde: seine Werte bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>{model} is calibrated at {share}. Scores and operating points are moved to the site&apos;s prevalence alike (Saerens et al. 2002): no view changes its side. Of women, about twice as many in 1,000 have cancer as of breasts.</source>
        <translation>{model} ist bei {share} kalibriert. Werte und Arbeitspunkte werden gleichermaßen auf die Prävalenz des Ortes verschoben (Saerens et al. 2002): keine Aufnahme wechselt die Seite. Von 1000 Frauen haben etwa doppelt so viele Krebs wie von 1000 Brüsten.</translation>
    </message>
</context>
<context>
    <name>PriorFetching</name>
    <message>
        <source>a prior of this case came from {}</source>
        <translation>eine Voraufnahme dieses Falls kam aus {}</translation>
    </message>
    <message>
        <source>a prior came from {}: the list of studies has it</source>
        <translation>eine Voraufnahme kam aus {}: sie steht in der Liste der Studien</translation>
    </message>
    <message>
        <source>no priors from {name}: {error}</source>
        <translation>keine Voraufnahmen aus {name}: {error}</translation>
    </message>
</context>
<context>
    <name>Protocol</name>
    <message>
        <source>Four views</source>
        <translation>Vier Aufnahmen</translation>
    </message>
    <message>
        <source>CC pair</source>
        <translation>CC-Paar</translation>
    </message>
    <message>
        <source>CC pair, implant displaced</source>
        <translation>CC-Paar, Implantat verlagert</translation>
    </message>
    <message>
        <source>MLO pair</source>
        <translation>MLO-Paar</translation>
    </message>
    <message>
        <source>MLO pair, implant displaced</source>
        <translation>MLO-Paar, Implantat verlagert</translation>
    </message>
    <message>
        <source>CC pair at 1:1, part by part</source>
        <translation>CC-Paar bei 1:1, Teil für Teil</translation>
    </message>
    <message>
        <source>CC pair, implant displaced, at 1:1, part by part</source>
        <translation>CC-Paar, Implantat verlagert, bei 1:1, Teil für Teil</translation>
    </message>
    <message>
        <source>MLO pair at 1:1, part by part</source>
        <translation>MLO-Paar bei 1:1, Teil für Teil</translation>
    </message>
    <message>
        <source>MLO pair, implant displaced, at 1:1, part by part</source>
        <translation>MLO-Paar, Implantat verlagert, bei 1:1, Teil für Teil</translation>
    </message>
    <message>
        <source>Prior above current</source>
        <translation>Voraufnahme über aktueller</translation>
    </message>
    <message>
        <source>CC pair, current and prior in turn</source>
        <translation>CC-Paar, aktuell und Voraufnahme im Wechsel</translation>
    </message>
    <message>
        <source>MLO pair, current and prior in turn</source>
        <translation>MLO-Paar, aktuell und Voraufnahme im Wechsel</translation>
    </message>
    <message>
        <source>Additional views</source>
        <translation>Zusatzaufnahmen</translation>
    </message>
    <message>
        <source>Additional views of the prior</source>
        <translation>Zusatzaufnahmen der Voruntersuchung</translation>
    </message>
    <message>
        <source>Four views with the heat map as set</source>
        <translation>Vier Aufnahmen mit Heatmap wie eingestellt</translation>
    </message>
    <message>
        <source>Current and prior in turn</source>
        <translation>Aktuell und Voraufnahme im Wechsel</translation>
    </message>
</context>
<context>
    <name>ReadingMode</name>
    <message>
        <source>after my first look</source>
        <translation>nach meinem ersten Blick</translation>
    </message>
    <message>
        <source>concurrent</source>
        <translation>gleichzeitig</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
</context>
<context>
    <name>ReadingRecords</name>
    <message>
        <source>no study is open</source>
        <translation>keine Studie ist geöffnet</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>zuerst eine öffnen</translation>
    </message>
    <message>
        <source>the study on the screen is an older one of this case</source>
        <translation>die Studie auf dem Bildschirm ist eine ältere dieses Falls</translation>
    </message>
    <message>
        <source>go back to the newest, or open this one from the study list</source>
        <translation>zur neuesten zurückgehen oder diese aus der Studienliste öffnen</translation>
    </message>
</context>
<context>
    <name>ReadingRoom</name>
    <message>
        <source>read; no study of the list is left to read</source>
        <translation>gelesen; in der Liste ist keine Studie mehr zu lesen</translation>
    </message>
    <message>
        <source>read; this is the next study</source>
        <translation>gelesen; dies ist die nächste Studie</translation>
    </message>
    <message>
        <source>this study is not read yet</source>
        <translation>diese Studie ist noch nicht gelesen</translation>
    </message>
    <message>
        <source>not read: this study is in progress again</source>
        <translation>nicht gelesen: diese Studie ist wieder in Arbeit</translation>
    </message>
    <message>
        <source>the assessment was changed in another window: what it says now is shown</source>
        <translation>die Beurteilung wurde in einem anderen Fenster geändert: gezeigt wird, was dort steht</translation>
    </message>
    <message>
        <source>the classifier is off</source>
        <translation>der Klassifikator ist aus</translation>
    </message>
    <message>
        <source>hidden until all views were visited</source>
        <translation>verborgen, bis alle Aufnahmen gesehen sind</translation>
    </message>
    <message>
        <source>classifier: {}</source>
        <translation>Klassifikator: {}</translation>
    </message>
</context>
<context>
    <name>ReadingState</name>
    <message>
        <source>in progress by {}</source>
        <translation>in Arbeit bei {}</translation>
    </message>
    <message>
        <source>read by {}</source>
        <translation>gelesen von {}</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>in progress</source>
        <translation>in Arbeit</translation>
    </message>
    <message>
        <source>read</source>
        <translation>gelesen</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>, patient identity may be burned into the pixels: {views}</source>
        <translation>, Patientendaten können in die Pixel eingebrannt sein: {views}</translation>
    </message>
    <message>
        <source>mammoview assessment</source>
        <translation>mammoview-Beurteilung</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Beurteilung</translation>
    </message>
    <message>
        <source>density {}</source>
        <translation>Dichte {}</translation>
    </message>
    <message>
        <source>Patient: {}</source>
        <translation>Patientin: {}</translation>
    </message>
    <message>
        <source>Study date: {}</source>
        <translation>Studiendatum: {}</translation>
    </message>
    <message>
        <source>Reader: {}</source>
        <translation>Befunder: {}</translation>
    </message>
    <message>
        <source>State: {}</source>
        <translation>Status: {}</translation>
    </message>
    <message>
        <source>Written: {}</source>
        <translation>Geschrieben: {}</translation>
    </message>
    <message>
        <source>Without picture here: {}</source>
        <translation>Hier ohne Bild: {}</translation>
    </message>
    <message>
        <source>Classifier: {}</source>
        <translation>Klassifikator: {}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>nicht ausgeführt</translation>
    </message>
    <message>
        <source>Classifier {}, {}, {}:</source>
        <translation>Klassifikator {}, {}, {}:</translation>
    </message>
    <message>
        <source>Scores are for a prevalence of {site}; the model is calibrated at {calibrated}.</source>
        <translation>Die Werte gelten für eine Prävalenz von {site}; das Modell ist bei {calibrated} kalibriert.</translation>
    </message>
    <message>
        <source>Right breast</source>
        <translation>Rechte Brust</translation>
    </message>
    <message>
        <source>Left breast</source>
        <translation>Linke Brust</translation>
    </message>
    <message>
        <source>finding, not described</source>
        <translation>Befund, nicht beschrieben</translation>
    </message>
    <message>
        <source>no study is open</source>
        <translation>keine Studie ist geöffnet</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>öffnen Sie zuerst eine</translation>
    </message>
    <message>
        <source>{path}: cannot be written: {reason}</source>
        <translation>{path}: nicht schreibbar: {reason}</translation>
    </message>
    <message>
        <source>name another place</source>
        <translation>nennen Sie einen anderen Ort</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Export assessment</source>
        <translation>Beurteilung exportieren</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>Mit Patientendaten</translation>
    </message>
    <message>
        <source>JSON with every version, and a PDF with the views beside it. Both name the reader.</source>
        <translation>JSON mit jeder Fassung, daneben ein PDF mit den Aufnahmen. Beide nennen den Befunder.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
</context>
<context>
    <name>RetrieveDialog</name>
    <message>
        <source>Retrieve from an archive</source>
        <translation>Aus einem Archiv holen</translation>
    </message>
    <message>
        <source>Archives…</source>
        <translation>Archive…</translation>
    </message>
    <message>
        <source>family^given, or the beginning of it</source>
        <translation>Familienname^Vorname oder der Anfang davon</translation>
    </message>
    <message>
        <source>YYYY-MM-DD</source>
        <translation>JJJJ-MM-TT</translation>
    </message>
    <message>
        <source>Mammography only</source>
        <translation>Nur Mammographie</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Retrieve and open</source>
        <translation>Holen und öffnen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>Patienten-ID</translation>
    </message>
    <message>
        <source>Study date</source>
        <translation>Studiendatum</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>Accession number</source>
        <translation>Auftragsnummer</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Was gefunden wurde</translation>
    </message>
    <message>
        <source>&amp;Archive</source>
        <translation>&amp;Archiv</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>Patient &amp;ID</source>
        <translation>Patienten-&amp;ID</translation>
    </message>
    <message>
        <source>Acce&amp;ssion number</source>
        <translation>Auftrags&amp;nummer</translation>
    </message>
    <message>
        <source>Studies f&amp;rom</source>
        <translation>Studien &amp;von</translation>
    </message>
    <message>
        <source>&amp;to</source>
        <translation>&amp;bis</translation>
    </message>
    <message>
        <source>no archive is known: add one first</source>
        <translation>kein Archiv ist bekannt: erst eines hinzufügen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>{} is no date</source>
        <translation>{} ist kein Datum</translation>
    </message>
    <message>
        <source>write it as YYYY-MM-DD</source>
        <translation>als JJJJ-MM-TT schreiben</translation>
    </message>
    <message>
        <source>asking {}</source>
        <translation>frage {}</translation>
    </message>
    <message>
        <source>{}, there may be more: ask more closely</source>
        <translation>{}, es kann mehr geben: genauer fragen</translation>
    </message>
    <message>
        <source>retrieving from {}</source>
        <translation>hole aus {}</translation>
    </message>
    <message>
        <source>{done} of {total} images</source>
        <translation>{done} von {total} Bildern</translation>
    </message>
    <message>
        <source>{here} of {total} images are here, and stay</source>
        <translation>{here} von {total} Bildern sind hier und bleiben</translation>
    </message>
    <message>
        <source>the others did not come</source>
        <translation>die anderen kamen nicht</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>breche ab</translation>
    </message>
</context>
<context>
    <name>ScoreRow</name>
    <message>
        <source>above</source>
        <translation>darüber</translation>
    </message>
    <message>
        <source>below</source>
        <translation>darunter</translation>
    </message>
</context>
<context>
    <name>SecondWindow</name>
    <message>
        <source>mammoview, second monitor</source>
        <translation>mammoview, zweiter Monitor</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>the settings in {} cannot be read: starting with the defaults</source>
        <translation>die Einstellungen in {} sind nicht lesbar: Start mit den Standardwerten</translation>
    </message>
    <message>
        <source>the settings cannot be written to {}</source>
        <translation>die Einstellungen lassen sich nicht nach {} schreiben</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Assessment</source>
        <translation>Beurteilung</translation>
    </message>
    <message>
        <source>Classifier</source>
        <translation>Klassifikator</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Heatmap</translation>
    </message>
    <message>
        <source>Shown</source>
        <translation>Gezeigt</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>Schwelle</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Grey levels</source>
        <translation>Grauwerte</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Free text of the case</source>
        <translation>Freitext zum Fall</translation>
    </message>
    <message>
        <source>no model loaded</source>
        <translation>kein Modell geladen</translation>
    </message>
    <message>
        <source>shown: {}</source>
        <translation>gezeigt: {}</translation>
    </message>
    <message>
        <source>study</source>
        <translation>Studie</translation>
    </message>
    <message>
        <source>right</source>
        <translation>rechts</translation>
    </message>
    <message>
        <source>no right views</source>
        <translation>keine Ansichten rechts</translation>
    </message>
    <message>
        <source>left</source>
        <translation>links</translation>
    </message>
    <message>
        <source>Go to the highest score of this breast</source>
        <translation>Zum höchsten Score dieser Brust</translation>
    </message>
    <message>
        <source>operating point {}</source>
        <translation>Arbeitspunkt {}</translation>
    </message>
    <message>
        <source>no left views</source>
        <translation>keine Ansichten links</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>not run: a view cannot be read</source>
        <translation>nicht ausgeführt: eine Ansicht ist nicht lesbar</translation>
    </message>
    <message>
        <source>not run: no view that may be judged</source>
        <translation>nicht ausgeführt: keine beurteilbare Aufnahme</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>nicht ausgeführt</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>verborgen</translation>
    </message>
    <message>
        <source>not run: {}</source>
        <translation>nicht ausgeführt: {}</translation>
    </message>
    <message>
        <source>refused: {}</source>
        <translation>abgelehnt: {}</translation>
    </message>
    <message>
        <source>Show this view where the response is strongest</source>
        <translation>Diese Aufnahme an der Stelle der stärksten Antwort zeigen</translation>
    </message>
    <message>
        <source>own  {}</source>
        <translation>eigene  {}</translation>
    </message>
    <message>
        <source>not started</source>
        <translation>nicht gestartet</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>startet</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>scoring</source>
        <translation>bewertet</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Files that were refused, with cause and cure</source>
        <translation>Abgelehnte Dateien, mit Ursache und Abhilfe</translation>
    </message>
    <message>
        <source>model {title}: {state}</source>
        <translation>Modell {title}: {state}</translation>
    </message>
    <message>
        <source>model: {state}</source>
        <translation>Modell: {state}</translation>
    </message>
    <message>
        <source>prefetched {}</source>
        <translation>vorgeladen {}</translation>
    </message>
</context>
<context>
    <name>StepKeys</name>
    <message>
        <source>is not the name of one key</source>
        <translation>ist nicht der Name einer Taste</translation>
    </message>
    <message>
        <source>belongs to “{}”</source>
        <translation>gehört zu „{}“</translation>
    </message>
    <message>
        <source>moves the picture while it is held</source>
        <translation>verschiebt das Bild, solange sie gedrückt ist</translation>
    </message>
    <message>
        <source>belongs to the step “{}”</source>
        <translation>gehört zum Schritt „{}“</translation>
    </message>
    <message>
        <source>hanging protocol “{}”, step “{}”: the key {} {} (give it another key)</source>
        <translation>Hängeprotokoll „{}“, Schritt „{}“: Die Taste {} {} (eine andere Taste vergeben)</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>no hanging protocol is for this study</source>
        <translation>für diese Studie gibt es kein Hängeprotokoll</translation>
    </message>
    <message>
        <source>this was the last step of the last study</source>
        <translation>dies war der letzte Schritt der letzten Studie</translation>
    </message>
    <message>
        <source>this is the first step of the study</source>
        <translation>dies ist der erste Schritt der Studie</translation>
    </message>
    <message>
        <source>this study has no such step</source>
        <translation>diese Studie hat keinen solchen Schritt</translation>
    </message>
    <message>
        <source>there is no prior study to compare with</source>
        <translation>es gibt keine Voraufnahme zum Vergleich</translation>
    </message>
    <message>
        <source>no step of this study is gone through part by part</source>
        <translation>kein Schritt dieser Studie wird Teil für Teil durchgegangen</translation>
    </message>
    <message>
        <source>there is no prior study with these views</source>
        <translation>es gibt keine Voruntersuchung mit diesen Aufnahmen</translation>
    </message>
    <message>
        <source>there are no further images in this study</source>
        <translation>es gibt keine weiteren Bilder in dieser Studie</translation>
    </message>
</context>
<context>
    <name>StudyPanel</name>
    <message>
        <source>Studies</source>
        <translation>Studien</translation>
    </message>
    <message>
        <source>Other images  {}</source>
        <translation>Übrige Bilder  {}</translation>
    </message>
    <message>
        <source>prior {}</source>
        <translation>Vorauf. {}</translation>
    </message>
    <message>
        <source>prior  {}</source>
        <translation>Vorauf.  {}</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>kein Datum</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>Bild</translation>
    </message>
</context>
<context>
    <name>StudyTable</name>
    <message>
        <source>Date</source>
        <translation>Datum</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>ID</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Score</translation>
    </message>
    <message>
        <source>Priors</source>
        <translation>Vorauf.</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Beurteilung</translation>
    </message>
    <message>
        <source>The score of another model than the one that is loaded, or of another version of mammoview</source>
        <translation>Der Wert eines anderen Modells als des geladenen oder einer anderen Version von mammoview</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>kein Datum</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>kein Name</translation>
    </message>
    <message>
        <source>the files are gone</source>
        <translation>die Dateien fehlen</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>kein Score</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>verborgen</translation>
    </message>
</context>
<context>
    <name>ToolBench</name>
    <message>
        <source>Describe the finding…</source>
        <translation>Befund beschreiben…</translation>
    </message>
    <message>
        <source>Change the text…</source>
        <translation>Text ändern…</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>One line, at most {} letters</source>
        <translation>Eine Zeile, höchstens {} Zeichen</translation>
    </message>
</context>
<context>
    <name>ToolCommands</name>
    <message>
        <source>the screen is calibrated</source>
        <translation>der Bildschirm ist kalibriert</translation>
    </message>
    <message>
        <source>the screen is calibrated; {} shows true size</source>
        <translation>der Bildschirm ist kalibriert; {} zeigt Originalgröße</translation>
    </message>
    <message>
        <source>calibrate the screen</source>
        <translation>kalibrieren Sie den Bildschirm</translation>
    </message>
    <message>
        <source>the size of this screen&apos;s pixels is not known</source>
        <translation>die Pixelgröße dieses Bildschirms ist nicht bekannt</translation>
    </message>
    <message>
        <source>there is no image to show in true size</source>
        <translation>es gibt kein Bild, das in Originalgröße zu zeigen wäre</translation>
    </message>
    <message>
        <source>this view has no pixel spacing, so its true size is not known</source>
        <translation>diese Aufnahme hat keinen Pixelabstand, ihre Originalgröße ist daher nicht bekannt</translation>
    </message>
    <message>
        <source>true size is beyond the range of the zoom</source>
        <translation>die Originalgröße liegt außerhalb des Zoombereichs</translation>
    </message>
    <message>
        <source>true size, {}</source>
        <translation>Originalgröße, {}</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>ruler: from end to end</source>
        <translation>Lineal: von Ende zu Ende</translation>
    </message>
    <message>
        <source>angle: an end, the vertex, the other end</source>
        <translation>Winkel: ein Ende, der Scheitel, das andere Ende</translation>
    </message>
    <message>
        <source>ellipse: from corner to corner of its box</source>
        <translation>Ellipse: von Ecke zu Ecke ihres Rechtecks</translation>
    </message>
    <message>
        <source>region: draw around it</source>
        <translation>Region: umfahren</translation>
    </message>
    <message>
        <source>arrow: from its tail to what it points at</source>
        <translation>Pfeil: vom Ende zu dem, worauf er zeigt</translation>
    </message>
    <message>
        <source>text: click where it is to stand</source>
        <translation>Text: klicken, wo er stehen soll</translation>
    </message>
    <message>
        <source>finding: click on it, or draw around it</source>
        <translation>Befund: anklicken oder umfahren</translation>
    </message>
    <message>
        <source>nipple: click on it</source>
        <translation>Mamille: anklicken</translation>
    </message>
    <message>
        <source>{}; Shift keeps the tool, Esc gives it up</source>
        <translation>{}; Umschalt behält das Werkzeug, Esc legt es weg</translation>
    </message>
    <message>
        <source>no mark is selected</source>
        <translation>keine Markierung ist gewählt</translation>
    </message>
    <message>
        <source>click on one</source>
        <translation>klicken Sie eine an</translation>
    </message>
    <message>
        <source>there is nothing to take back</source>
        <translation>es gibt nichts rückgängig zu machen</translation>
    </message>
    <message>
        <source>there is nothing to do again</source>
        <translation>es gibt nichts zu wiederholen</translation>
    </message>
    <message>
        <source>the {kind} has no extent and was not kept</source>
        <translation>{kind}: ohne Ausdehnung, nicht behalten</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>4-up</source>
        <translation>4er</translation>
    </message>
    <message>
        <source>CC</source>
        <translation>CC</translation>
    </message>
    <message>
        <source>MLO</source>
        <translation>MLO</translation>
    </message>
    <message>
        <source>Single</source>
        <translation>Einzeln</translation>
    </message>
    <message>
        <source>Prior</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>1:1</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Einpassen</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Koppeln</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>Texte</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Heatmap</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>Tool: {name}</source>
        <translation>Werkzeug: {name}</translation>
    </message>
    <message>
        <source>no study</source>
        <translation>keine Studie</translation>
    </message>
    <message>
        <source>{} of {}</source>
        <translation>{} von {}</translation>
    </message>
    <message>
        <source>pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>prior</source>
        <translation>Voraufnahme</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Four views at one scale</source>
        <translation>Vier Aufnahmen in einem Maßstab</translation>
    </message>
    <message>
        <source>Right views hang at the left and chest walls meet in the middle. {single} or a double click shows the active view alone, {four} all four.</source>
        <translation>Rechte Aufnahmen hängen links, die Thoraxwände treffen sich in der Mitte. {single} oder ein Doppelklick zeigt die aktive Aufnahme allein, {four} alle vier.</translation>
    </message>
    <message>
        <source>Window and level</source>
        <translation>Fensterung</translation>
    </message>
    <message>
        <source>Drag in an image: to the right the window gets wider, downwards darker. The wheel zooms, the middle button pans, {reset} takes all of it back.</source>
        <translation>Im Bild ziehen: nach rechts wird das Fenster weiter, nach unten dunkler. Das Rad zoomt, die mittlere Taste verschiebt, {reset} nimmt alles zurück.</translation>
    </message>
    <message>
        <source>Step by step</source>
        <translation>Schritt für Schritt</translation>
    </message>
    <message>
        <source>{next-step} takes the next step of the hanging protocol. {cc-step} and {mlo-step} go to the CC and the MLO pair, {compare} shows current against prior.</source>
        <translation>{next-step} geht zum nächsten Schritt des Hängeprotokolls. {cc-step} und {mlo-step} zeigen das CC- und das MLO-Paar, {compare} die aktuelle neben der Voraufnahme.</translation>
    </message>
    <message>
        <source>Marks</source>
        <translation>Markierungen</translation>
    </message>
    <message>
        <source>{ruler} measures, {ellipse} tells the greys of a region, {finding} marks a finding and asks for its terms. {undo} takes back. The button above has all tools.</source>
        <translation>{ruler} misst, {ellipse} nennt die Grauwerte einer Region, {finding} markiert einen Befund und fragt nach seinen Begriffen. {undo} macht rückgängig. Der Knopf oben hat alle Werkzeuge.</translation>
    </message>
    <message>
        <source>The classifier</source>
        <translation>Der Klassifikator</translation>
    </message>
    <message>
        <source>It runs on this computer; {heat} lays its heat map over the views. It keeps silent until you have looked at every view or ask with {reveal}, but not on the demonstration study. {reading-mode} changes that.</source>
        <translation>Er läuft auf diesem Rechner; {heat} legt seine Heatmap über die Ansichten. Er schweigt, bis Sie jede Ansicht angesehen haben oder mit {reveal} fragen, nur bei der Demonstrationsstudie nicht. {reading-mode} ändert das.</translation>
    </message>
    <message>
        <source>Your assessment</source>
        <translation>Ihre Beurteilung</translation>
    </message>
    <message>
        <source>{birads-1} and its neighbours give the active breast its BI-RADS category, {density-b} its density. {finish} finishes the case. All is kept at once.</source>
        <translation>{birads-1} und die Nachbartasten geben der aktiven Brust ihre BI-RADS-Kategorie, {density-b} ihre Dichte. {finish} schließt den Fall ab. Alles wird sofort gespeichert.</translation>
    </message>
    <message>
        <source>The library</source>
        <translation>Die Bibliothek</translation>
    </message>
    <message>
        <source>{library} shows every study that was ever opened, with how far it is read, and takes you back. {find} searches in it.</source>
        <translation>{library} zeigt jede je geöffnete Studie mit ihrem Lesestand und führt zurück. {find} sucht darin.</translation>
    </message>
    <message>
        <source>All keys</source>
        <translation>Alle Tasten</translation>
    </message>
    <message>
        <source>{keys} shows every command with its key. {tour} begins this tour again.</source>
        <translation>{keys} zeigt jeden Befehl mit seiner Taste. {tour} beginnt diesen Rundgang von vorn.</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} von {count}</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
</context>
<context>
    <name>UnkeptButton</name>
    <message>
        <source>What the library could not keep is tried again every few seconds. Click to try it now.</source>
        <translation>Was die Bibliothek nicht speichern konnte, wird alle paar Sekunden erneut versucht. Klicken, um es jetzt zu versuchen.</translation>
    </message>
</context>
<context>
    <name>Unshown</name>
    <message>
        <source>a mask subtraction is not shown</source>
        <translation>eine Maskensubtraktion wird nicht gezeigt</translation>
    </message>
    <message>
        <source>Image Rotation is no quarter turn: left out</source>
        <translation>Image Rotation ist keine Vierteldrehung: weggelassen</translation>
    </message>
    <message>
        <source>a displayed area cannot be read or lies outside: the whole image is meant</source>
        <translation>ein Anzeigebereich ist nicht lesbar oder liegt außerhalb: gemeint ist das ganze Bild</translation>
    </message>
    <message>
        <source>true size is not kept: its part fills the view</source>
        <translation>die wahre Größe wird nicht eingehalten: der Ausschnitt füllt die Ansicht</translation>
    </message>
    <message>
        <source>Presentation LUT Shape is unknown: left out</source>
        <translation>Presentation LUT Shape ist unbekannt: weggelassen</translation>
    </message>
    <message>
        <source>its presentation LUT cannot be read: left out</source>
        <translation>seine Presentation LUT ist nicht lesbar: weggelassen</translation>
    </message>
    <message>
        <source>its window cannot be read: left out</source>
        <translation>seine Fensterung ist nicht lesbar: weggelassen</translation>
    </message>
    <message>
        <source>its modality LUT is not the image&apos;s, and its window cannot be said without it: both are left out</source>
        <translation>seine Modality LUT ist nicht die des Bildes, und ohne sie lässt sich seine Fensterung nicht angeben: beide weggelassen</translation>
    </message>
    <message>
        <source>its window and LUTs would show nothing of the image: left out</source>
        <translation>seine Fensterung und LUTs würden nichts vom Bild zeigen: weggelassen</translation>
    </message>
    <message>
        <source>a shutter cannot be read: left out</source>
        <translation>eine Blende ist nicht lesbar: weggelassen</translation>
    </message>
    <message>
        <source>its shutters would hide the whole image: left out</source>
        <translation>seine Blenden würden das ganze Bild verdecken: weggelassen</translation>
    </message>
    <message>
        <source>an overlay plane that it does not activate is not shown</source>
        <translation>eine Overlay-Ebene, die er nicht aktiviert, wird nicht gezeigt</translation>
    </message>
    <message>
        <source>an overlay plane cannot be read: left out</source>
        <translation>eine Overlay-Ebene ist nicht lesbar: weggelassen</translation>
    </message>
    <message>
        <source>a compound graphic is of a kind or has points that are not understood: not shown</source>
        <translation>eine zusammengesetzte Grafik ist von einer Art oder hat Punkte, die nicht verstanden werden: nicht gezeigt</translation>
    </message>
    <message>
        <source>places in three dimensions are not shown: a mammogram has no position in the patient</source>
        <translation>Orte in drei Dimensionen werden nicht gezeigt: eine Mammographie hat keine Lage in der Patientin</translation>
    </message>
</context>
<context>
    <name>ViewGrid</name>
    <message>
        <source>{view}  loading</source>
        <translation>{view}  wird geladen</translation>
    </message>
</context>
<context>
    <name>Walk</name>
    <message>
        <source>{} of {}: {}</source>
        <translation>{} von {}: {}</translation>
    </message>
    <message>
        <source>part {} of {}</source>
        <translation>Teil {} von {}</translation>
    </message>
    <message>
        <source>prior shown</source>
        <translation>Voraufnahme gezeigt</translation>
    </message>
    <message>
        <source>current shown</source>
        <translation>aktuelle gezeigt</translation>
    </message>
    <message>
        <source>true size</source>
        <translation>Originalgröße</translation>
    </message>
    <message>
        <source>1:1, as the screen is not calibrated or the pixel spacing not known</source>
        <translation>1:1, da der Bildschirm nicht kalibriert oder der Pixelabstand nicht bekannt ist</translation>
    </message>
</context>
<context>
    <name>WorkDialog</name>
    <message>
        <source>{phase} {done} of {total}</source>
        <translation>{phase} {done} von {total}</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>Refused:</source>
        <translation>Abgelehnt:</translation>
    </message>
</context>
<context>
    <name>_Sheet</name>
    <message>
        <source>Steps of the hanging protocol</source>
        <translation>Schritte des Hängeprotokolls</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>Maus</translation>
    </message>
</context>
<context>
    <name>_Terms</name>
    <message>
        <source>not described</source>
        <translation>nicht beschrieben</translation>
    </message>
</context>
</TS>
