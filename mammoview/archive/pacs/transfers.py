"""Owns what is offered and taken: SOP classes, transfer syntaxes, presentation contexts. Never connects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom import sop_class
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext, build_context, build_role

MOST_CONTEXTS: Final = 128
"""Presentation contexts of one association: their IDs are odd and of one byte (PS3.8 9.3.2.2)."""

UNCOMPRESSED: Final = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)

COMPRESSED: Final = (
    JPEGLosslessSV1,
    JPEGLossless,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    RLELossless,
    JPEG2000,
    JPEGLSNearLossless,
    HTJ2K,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
)
"""The lossless ones first."""

_RECEIVED = (*UNCOMPRESSED, *COMPRESSED, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian)

_MAMMOGRAPHY = (
    "DigitalMammographyXRayImageStorageForPresentation",
    "DigitalMammographyXRayImageStorageForProcessing",
    "BreastTomosynthesisImageStorage",
    "SecondaryCaptureImageStorage",
)
_OTHER_IMAGES = (
    "BreastProjectionXRayImageStorageForPresentation",
    "BreastProjectionXRayImageStorageForProcessing",
    "DigitalXRayImageStorageForPresentation",
    "DigitalXRayImageStorageForProcessing",
    "ComputedRadiographyImageStorage",
    "MultiFrameSingleBitSecondaryCaptureImageStorage",
    "MultiFrameGrayscaleByteSecondaryCaptureImageStorage",
    "MultiFrameGrayscaleWordSecondaryCaptureImageStorage",
    "MultiFrameTrueColorSecondaryCaptureImageStorage",
    "UltrasoundImageStorage",
    "UltrasoundMultiFrameImageStorage",
    "EnhancedUSVolumeStorage",
    "MRImageStorage",
    "EnhancedMRImageStorage",
    "EnhancedMRColorImageStorage",
    "LegacyConvertedEnhancedMRImageStorage",
    "CTImageStorage",
    "EnhancedCTImageStorage",
    "LegacyConvertedEnhancedCTImageStorage",
    "XRayAngiographicImageStorage",
    "XRay3DAngiographicImageStorage",
    "PositronEmissionTomographyImageStorage",
    "EnhancedPETImageStorage",
    "VLPhotographicImageStorage",
    "ParametricMapStorage",
    "SegmentationStorage",
    "LabelMapSegmentationStorage",
)
_DOCUMENTS = (
    "GrayscaleSoftcopyPresentationStateStorage",
    "ColorSoftcopyPresentationStateStorage",
    "PseudoColorSoftcopyPresentationStageStorage",
    "BlendingSoftcopyPresentationStateStorage",
    "AdvancedBlendingPresentationStateStorage",
    "VariableModalityLUTSoftcopyPresentationStageStorage",
    "BasicTextSRStorage",
    "EnhancedSRStorage",
    "ComprehensiveSRStorage",
    "Comprehensive3DSRStorage",
    "ExtensibleSRStorage",
    "MammographyCADSRStorage",
    "KeyObjectSelectionDocumentStorage",
    "XRayRadiationDoseSRStorage",
    "EnhancedXRayRadiationDoseSRStorage",
    "PatientRadiationDoseSRStorage",
    "AcquisitionContextSRStorage",
    "SpatialRegistrationStorage",
    "SpatialFiducialsStorage",
    "DeformableSpatialRegistrationStorage",
    "RealWorldValueMappingStorage",
    "BasicStructuredDisplayStorage",
    "EncapsulatedPDFStorage",
    "RawDataStorage",
)


def _uids(names: Iterable[str]) -> tuple[UID, ...]:
    return tuple(UID(getattr(sop_class, name)) for name in names)


MAMMOGRAPHY: Final = _uids(_MAMMOGRAPHY)
IMAGES: Final = (*MAMMOGRAPHY, *_uids(_OTHER_IMAGES))
STORAGE: Final = (*IMAGES, *_uids(_DOCUMENTS))
"""Every SOP class that is retrieved and received."""

VERIFICATION: Final = _uids(["Verification"])[0]


def received() -> list[PresentationContext]:
    """What the receiver takes: every class of STORAGE in any syntax that it may be stored in, and verification."""
    contexts = [build_context(uid, [*_RECEIVED]) for uid in STORAGE]
    return [*contexts, build_context(VERIFICATION, [*UNCOMPRESSED])]


def retrieved(
    model: str, classes: Sequence[str] = ()
) -> tuple[list[PresentationContext], list[SCP_SCU_RoleSelectionNegotiation]]:
    """For C-GET by `model`: its own context, those of what may come, and that we store it (PS3.7 D.3.3.4).

    An acceptor takes one transfer syntax of a context, and may have to decompress for it. So images that usually come
    compressed have a context for each syntax: those of `classes`, where it is known what will come, else those of
    mammography; the others of STORAGE have one for all. At most MOST_CONTEXTS.
    """
    known = [UID(uid) for uid in dict.fromkeys(classes) if UID(uid).is_valid]
    whole = 1 + len(COMPRESSED)
    finely = [uid for uid in (known or MAMMOGRAPHY) if uid not in _PLAIN]
    rest = [uid for uid in (known or STORAGE) if uid not in finely]
    while 1 + len(finely) * whole + len(rest) > MOST_CONTEXTS and finely:
        rest.append(finely.pop())
    contexts = [build_context(model, [*UNCOMPRESSED])]
    for uid in finely:
        contexts += [build_context(uid, [*UNCOMPRESSED]), *(build_context(uid, [syntax]) for syntax in COMPRESSED)]
    contexts += [build_context(uid, [*(UNCOMPRESSED if uid in _PLAIN else _RECEIVED)]) for uid in rest]
    contexts = contexts[:MOST_CONTEXTS]
    return contexts, [build_role(uid, scp_role=True) for uid in dict.fromkeys((*finely, *rest))]


_PLAIN = frozenset(_uids(_DOCUMENTS))


def sent(kinds: Iterable[tuple[str, str]]) -> list[list[PresentationContext]]:
    """For C-STORE of objects by (SOP Class UID, Transfer Syntax UID): a list for each association that is needed.

    A compressed object is offered as it is, any other in the uncompressed syntaxes too, its own first.
    """
    contexts = []
    for uid, syntax in dict.fromkeys(kinds):
        own = UID(syntax)
        others = [] if own in COMPRESSED else [other for other in UNCOMPRESSED if other != own]
        contexts.append(build_context(uid, [own, *others]))
    return [contexts[start : start + MOST_CONTEXTS] for start in range(0, len(contexts), MOST_CONTEXTS)]
