"""Owns the form in which one archive is described. Keeps nothing itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mammoview.archive.dicomweb_nodes import AUTHENTICATIONS, DicomwebNode
from mammoview.archive.pacs.nodes import OUR_AE_TITLE, RECEIVER_PORT, RETRIEVALS, Node
from mammoview.archive.pacs.tls import TlsFiles
from mammoview.archive.secrets import checked_secret, variable_of
from mammoview.core.errors import MammoviewError, UsageError
from mammoview.ui.message_line import MessageLine

if TYPE_CHECKING:
    from mammoview.archive.known import AnyNode

_PORT = 104
_LAST_PORT = 65535
_PACS, _DICOMWEB = "pacs", "dicomweb"
_OPEN, _BASIC, _ = AUTHENTICATIONS


class ArchiveEditor(QDialog):
    """`keep` gets the archive, and its password or token (empty: as it was), and may raise MammoviewError, which is
    said; the form stays then. `node` is the archive that is changed, None for a new one."""

    def __init__(self, parent: QWidget, node: AnyNode | None, keep: Callable[[AnyNode, str], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New archive") if node is None else self.tr("Change the archive"))
        self._keep, self._before = keep, node
        self.kind = QComboBox()
        self.kind.addItem(self.tr("a PACS (DICOM network)"), _PACS)
        self.kind.addItem(self.tr("a DICOMweb service (HTTP)"), _DICOMWEB)
        self.kind.setEnabled(node is None)
        self.name, self.ae_title, self.host, self.our_ae_title = (QLineEdit() for _ in range(4))
        self.url, self.user, self.secret, self.ca_file = (QLineEdit() for _ in range(4))
        self.url.setPlaceholderText(self.tr("https://HOST[:PORT]/PATH"))
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setToolTip(self.tr("It goes into the system's keyring, and into no file"))
        self.ca_file.setPlaceholderText(self.tr("the system's authorities"))
        self.auth = QComboBox()
        told = (self.tr("nothing"), self.tr("name and password"), self.tr("bearer token"))
        for way, text in zip(AUTHENTICATIONS, told, strict=True):
            self.auth.addItem(text, way)
        self.port, self.move_port = _port_box(), _port_box()
        self.retrieve = QComboBox()
        self.retrieve.addItem(self.tr("C-GET: over the connection that asks"), RETRIEVALS[0])
        self.retrieve.addItem(self.tr("C-MOVE: the archive calls back"), RETRIEVALS[1])
        self.is_safe = QCheckBox(self.tr("Encrypted (TLS)"))
        self.certificate, self.key, self.authority, self.server_name = (QLineEdit() for _ in range(4))
        self.message = MessageLine()
        self._show(node)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.form = self._laid_out()
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        column.addLayout(self.form)
        column.addWidget(self.message)
        column.addWidget(buttons)
        self.setMinimumWidth(520)
        self.retrieve.currentIndexChanged.connect(lambda _: self._show_rows())
        self.is_safe.toggled.connect(lambda _: self._show_rows())
        self.kind.currentIndexChanged.connect(lambda _: self._show_rows())
        self.auth.currentIndexChanged.connect(lambda _: self._show_rows())
        for line in (self.name, self.url):
            line.textChanged.connect(lambda _: self._show_secret())
        self._show_rows()
        self.name.setFocus()

    def node(self) -> AnyNode:
        """What is written there now. Raises UsageError that says what cannot be."""
        return self._service() if self._is_service else self._pacs()

    @property
    def _is_service(self) -> bool:
        return bool(self.kind.currentData() == _DICOMWEB)

    def _pacs(self) -> Node:
        texts = (self.name, self.ae_title, self.host, self.our_ae_title)
        name, ae_title, host, ours = (line.text().strip() for line in texts)
        retrieve, tls = self.retrieve.currentData(), self._tls()
        return Node(name, ae_title, host, self.port.value(), ours, retrieve, self.move_port.value(), tls)

    def accept(self) -> None:
        """Hand it over; what cannot be is said and asked for again."""
        try:
            self._keep(self.node(), self._new_secret())
        except MammoviewError as error:
            self.message.say(str(error), failed=True)
            return
        super().accept()

    def _service(self) -> DicomwebNode:
        name, url, user, authorities = (line.text().strip() for line in (self.name, self.url, self.user, self.ca_file))
        if authorities and not Path(authorities).is_file():
            raise UsageError(
                self.tr("there is no file {}").format(authorities), self.tr("choose a PEM file of authorities")
            )
        auth = str(self.auth.currentData())
        if auth == _BASIC and (not user or ":" in user):
            raise UsageError(self.tr("no user is named"), self.tr("write the name, without a colon"))
        ca_file = str(Path(authorities).absolute()) if authorities else ""
        return DicomwebNode(name, url.rstrip("/"), auth, user if auth == _BASIC else "", ca_file)

    def _new_secret(self) -> str:
        """The password or token that was written; empty where the one before stays, or the environment has it. Raises
        UsageError where there is none."""
        if not self._is_service or self.auth.currentData() == _OPEN:
            return ""
        variable = variable_of(self.name.text().strip())
        if self.secret.text() or not (self._has_secret or os.environ.get(variable)):
            if not self.secret.text():
                raise UsageError(
                    self.tr("no password or token is given"),
                    self.tr("write it here, or set {} in the environment").format(variable),
                )
            return checked_secret(self.secret.text())
        return ""

    @property
    def _has_secret(self) -> bool:
        """Whether one was kept before for this way to log in at this very place: to another it is not carried."""
        before = self._before
        if not isinstance(before, DicomwebNode) or not before.auth == self.auth.currentData() != _OPEN:
            return False
        return _place(before.url) == _place(self.url.text().strip())

    def _tls(self) -> TlsFiles | None:
        if not self.is_safe.isChecked():
            return None
        texts = [line.text().strip() for line in (self.certificate, self.key, self.authority)]
        if not all(texts):
            raise UsageError(
                self.tr("an encrypted connection needs three files"),
                self.tr("choose certificate, key and authority"),
            )
        certificate, key, authority = (Path(text).absolute() for text in texts)
        return TlsFiles(certificate, key, authority, self.server_name.text().strip())

    def _show(self, node: AnyNode | None) -> None:
        self.our_ae_title.setText(OUR_AE_TITLE)
        self.port.setValue(_PORT)
        self.move_port.setValue(RECEIVER_PORT)
        if isinstance(node, DicomwebNode):
            self._show_service(node)
        if not isinstance(node, Node):
            return
        for line, text in (
            (self.name, node.name),
            (self.ae_title, node.ae_title),
            (self.host, node.host),
            (self.our_ae_title, node.our_ae_title),
        ):
            line.setText(text)
        self.port.setValue(node.port)
        self.move_port.setValue(node.move_port)
        self.retrieve.setCurrentIndex(RETRIEVALS.index(node.retrieve))
        self.is_safe.setChecked(node.tls is not None)
        if node.tls is not None:
            self.certificate.setText(str(node.tls.certificate))
            self.key.setText(str(node.tls.key))
            self.authority.setText(str(node.tls.authority))
            self.server_name.setText(node.tls.server_name)

    def _show_service(self, node: DicomwebNode) -> None:
        self.kind.setCurrentIndex(self.kind.findData(_DICOMWEB))
        self.name.setText(node.name)
        self.url.setText(node.url)
        self.url.setCursorPosition(0)
        self.auth.setCurrentIndex(AUTHENTICATIONS.index(node.auth))
        self.user.setText(node.user)
        self.ca_file.setText(node.ca_file)

    def _laid_out(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Kind"), self.kind)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("Add&ress"), self.url)
        form.addRow(self.tr("It asks &for"), self.auth)
        form.addRow(self.tr("&User"), self.user)
        form.addRow(self.tr("Pass&word or token"), self.secret)
        self._authorities = self._file_row(form, self.tr("Authorities to trust"), self.ca_file)
        form.addRow(self.tr("&AE title"), self.ae_title)
        form.addRow(self.tr("&Host"), self.host)
        form.addRow(self.tr("&Port"), self.port)
        form.addRow(self.tr("&Our AE title"), self.our_ae_title)
        form.addRow(self.tr("&Images come by"), self.retrieve)
        form.addRow(self.tr("Our port &for them"), self.move_port)
        form.addRow("", self.is_safe)
        self._files = [
            self._file_row(form, text, line)
            for text, line in (
                (self.tr("Our certificate"), self.certificate),
                (self.tr("Its key"), self.key),
                (self.tr("Authority"), self.authority),
            )
        ]
        form.addRow(self.tr("Name in its certificate"), self.server_name)
        return form

    def _file_row(self, form: QFormLayout, text: str, line: QLineEdit) -> QWidget:
        whole, choose = QWidget(), QPushButton(self.tr("Choose"))
        choose.setAutoDefault(False)
        choose.clicked.connect(partial(self._choose, line))
        line.setAccessibleName(text)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(line, 1)
        row.addWidget(choose)
        form.addRow(text, whole)
        return whole

    def _choose(self, line: QLineEdit) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a PEM file"), line.text())
        if path:
            line.setText(path)

    def _show_rows(self) -> None:
        """Only what matters for how it is chosen."""
        service, auth = self._is_service, self.auth.currentData()
        safe, move = self.is_safe.isChecked(), self.retrieve.currentData() == RETRIEVALS[1]
        shown: dict[QWidget, bool] = dict.fromkeys((self.url, self.auth, self._authorities), service)
        shown |= {self.user: service and auth == _BASIC, self.secret: service and auth != _OPEN}
        pacs = (self.ae_title, self.host, self.port, self.our_ae_title, self.retrieve, self.is_safe)
        shown |= dict.fromkeys(pacs, not service)
        shown[self.move_port] = move and not service
        shown |= dict.fromkeys((*self._files, self.server_name), safe and not service)
        for row, is_shown in shown.items():
            self.form.setRowVisible(row, is_shown)
        self._show_secret()
        self.adjustSize()

    def _show_secret(self) -> None:
        """Where the password or token comes from while none is written."""
        variable = variable_of(self.name.text().strip())
        if os.environ.get(variable):
            self.secret.setPlaceholderText(self.tr("that of {} in the environment").format(variable))
        else:
            self.secret.setPlaceholderText(self.tr("as it was") if self._has_secret else "")


def _place(url: str) -> tuple[str, str]:
    """Scheme, and host with port, of an address."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _port_box() -> QSpinBox:
    box = QSpinBox()
    box.setRange(1, _LAST_PORT)
    box.setGroupSeparatorShown(False)
    return box
