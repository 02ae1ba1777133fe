<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n new or changed in the library</source>
        <translation>
            <numerusform>%n new or changed in the library</numerusform>
            <numerusform>%n new or changed in the library</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies left out: their UIDs are those of another study here</source>
        <translation>
            <numerusform>%n study left out: its UIDs are those of another study here</numerusform>
            <numerusform>%n studies left out: their UIDs are those of another study here</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>table of %n values</source>
        <translation>
            <numerusform>table of %n value</numerusform>
            <numerusform>table of %n values</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies</source>
        <translation>
            <numerusform>%n study</numerusform>
            <numerusform>%n studies</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n images</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files</source>
        <translation>
            <numerusform>%n file</numerusform>
            <numerusform>%n files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n objects</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files refused</source>
        <translation>
            <numerusform>%n file refused</numerusform>
            <numerusform>%n files refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frames</source>
        <translation>
            <numerusform>%n frame</numerusform>
            <numerusform>%n frames</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes not kept</source>
        <translation>
            <numerusform>%n change not kept</numerusform>
            <numerusform>%n changes not kept</numerusform>
        </translation>
    </message>
</context>
</TS>
