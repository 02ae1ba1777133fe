<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About mammoview</source>
        <translation>Acerca de mammoview</translation>
    </message>
    <message>
        <source>Research and teaching software, not a medical device and not for diagnosis: nothing that it says may be used to treat, recall or reassure anybody.</source>
        <translation>Programa de investigación y docencia; no es un producto sanitario ni sirve para el diagnóstico: nada de lo que dice puede usarse para tratar, volver a citar o tranquilizar a nadie.</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>Copiar como texto</translation>
    </message>
    <message>
        <source>For a report: versions, checksum and places, nothing of patients</source>
        <translation>Para un informe de fallo: versiones, suma de control y ubicaciones, nada de pacientes</translation>
    </message>
    <message>
        <source>Model {title}</source>
        <translation>Modelo {title}</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>No hay ningún modelo cargado</translation>
    </message>
    <message>
        <source>SHA-256 {sum}</source>
        <translation>SHA-256 {sum}</translation>
    </message>
    <message>
        <source>Intended use: {use}</source>
        <translation>Uso previsto: {use}</translation>
    </message>
    <message>
        <source>Where and how it was trained, by its card:</source>
        <translation>Dónde y cómo se entrenó, según su ficha:</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>Ficha del modelo</translation>
    </message>
    <message>
        <source>mammoview: MIT. Typeface Inter: SIL Open Font License 1.1.</source>
        <translation>mammoview: MIT. Tipo de letra Inter: SIL Open Font License 1.1.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Biblioteca</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Fallos</translation>
    </message>
    <message>
        <source>none in use</source>
        <translation>ninguna en uso</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Abrir la carpeta</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
</context>
<context>
    <name>Action</name>
    <message>
        <source>File</source>
        <translation>Archivo</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Estudio</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Lectura</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Vista</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Herramientas</translation>
    </message>
    <message>
        <source>Grey levels</source>
        <translation>Niveles de gris</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Mapa de calor</translation>
    </message>
    <message>
        <source>Tomosynthesis</source>
        <translation>Tomosíntesis</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Ayuda</translation>
    </message>
    <message>
        <source>Open files</source>
        <translation>Abrir archivos</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Abrir carpeta</translation>
    </message>
    <message>
        <source>Open demonstration study</source>
        <translation>Abrir el estudio de demostración</translation>
    </message>
    <message>
        <source>Retrieve from an archive…</source>
        <translation>Recuperar de un PACS…</translation>
    </message>
    <message>
        <source>Archives…</source>
        <translation>Archivos PACS…</translation>
    </message>
    <message>
        <source>Cancel what is loading</source>
        <translation>Cancelar la carga</translation>
    </message>
    <message>
        <source>Export this view</source>
        <translation>Exportar esta proyección</translation>
    </message>
    <message>
        <source>Export all views</source>
        <translation>Exportar todas las proyecciones</translation>
    </message>
    <message>
        <source>Copy this view as seen</source>
        <translation>Copiar esta proyección como se ve</translation>
    </message>
    <message>
        <source>Copy all views as seen</source>
        <translation>Copiar todas las proyecciones como se ven</translation>
    </message>
    <message>
        <source>Write as DICOM…</source>
        <translation>Escribir como DICOM…</translation>
    </message>
    <message>
        <source>De-identified copy…</source>
        <translation>Copia desidentificada…</translation>
    </message>
    <message>
        <source>Files that were refused</source>
        <translation>Archivos rechazados</translation>
    </message>
    <message>
        <source>Memory limit…</source>
        <translation>Límite de memoria…</translation>
    </message>
    <message>
        <source>Close all studies</source>
        <translation>Cerrar todos los estudios</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Salir</translation>
    </message>
    <message>
        <source>Next study</source>
        <translation>Estudio siguiente</translation>
    </message>
    <message>
        <source>Previous study</source>
        <translation>Estudio anterior</translation>
    </message>
    <message>
        <source>Current and prior in turn</source>
        <translation>Actual y previo alternados</translation>
    </message>
    <message>
        <source>Next view</source>
        <translation>Proyección siguiente</translation>
    </message>
    <message>
        <source>Previous view</source>
        <translation>Proyección anterior</translation>
    </message>
    <message>
        <source>Four views</source>
        <translation>Cuatro proyecciones</translation>
    </message>
    <message>
        <source>CC pair</source>
        <translation>Par CC</translation>
    </message>
    <message>
        <source>MLO pair</source>
        <translation>Par MLO</translation>
    </message>
    <message>
        <source>This view alone</source>
        <translation>Solo esta proyección</translation>
    </message>
    <message>
        <source>Layouts in turn</source>
        <translation>Disposiciones por turno</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Acercar</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Alejar</translation>
    </message>
    <message>
        <source>One to one</source>
        <translation>Uno a uno</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Ajustar</translation>
    </message>
    <message>
        <source>Look up</source>
        <translation>Hacia arriba</translation>
    </message>
    <message>
        <source>Look down</source>
        <translation>Hacia abajo</translation>
    </message>
    <message>
        <source>Look left</source>
        <translation>Hacia la izquierda</translation>
    </message>
    <message>
        <source>Look right</source>
        <translation>Hacia la derecha</translation>
    </message>
    <message>
        <source>Zoom, pan and frames linked</source>
        <translation>Zoom, desplazamiento y cortes vinculados</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>Textos</translation>
    </message>
    <message>
        <source>All texts</source>
        <translation>Todos los textos</translation>
    </message>
    <message>
        <source>Overlays of the file</source>
        <translation>Superposiciones del archivo</translation>
    </message>
    <message>
        <source>Marks and maps of other makers</source>
        <translation>Marcas y mapas de otros fabricantes</translation>
    </message>
    <message>
        <source>Marks and maps of other makers, one by one</source>
        <translation>Marcas y mapas de otros fabricantes, uno por uno</translation>
    </message>
    <message>
        <source>Part that the presentation state shows</source>
        <translation>Parte que muestra el estado de presentación</translation>
    </message>
    <message>
        <source>CAD of other makers: next operating point</source>
        <translation>CAD de otros fabricantes: siguiente punto de operación</translation>
    </message>
    <message>
        <source>Study list</source>
        <translation>Lista de estudios</translation>
    </message>
    <message>
        <source>Side panel</source>
        <translation>Panel lateral</translation>
    </message>
    <message>
        <source>Full screen, images only</source>
        <translation>Pantalla completa, solo imágenes</translation>
    </message>
    <message>
        <source>Second monitor</source>
        <translation>Segundo monitor</translation>
    </message>
    <message>
        <source>Next window</source>
        <translation>Ventana siguiente</translation>
    </message>
    <message>
        <source>Previous window</source>
        <translation>Ventana anterior</translation>
    </message>
    <message>
        <source>Wider window</source>
        <translation>Ventana más ancha</translation>
    </message>
    <message>
        <source>Narrower window</source>
        <translation>Ventana más estrecha</translation>
    </message>
    <message>
        <source>Brighter</source>
        <translation>Más claro</translation>
    </message>
    <message>
        <source>Darker</source>
        <translation>Más oscuro</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Invertir</translation>
    </message>
    <message>
        <source>Air black when inverted</source>
        <translation>Aire negro al invertir</translation>
    </message>
    <message>
        <source>Reset position and window</source>
        <translation>Restablecer posición y ventana</translation>
    </message>
    <message>
        <source>Grey levels of this view</source>
        <translation>Niveles de gris de esta proyección</translation>
    </message>
    <message>
        <source>Hold the heat map off</source>
        <translation>Ocultar el mapa de calor al mantener</translation>
    </message>
    <message>
        <source>More opaque</source>
        <translation>Más opaco</translation>
    </message>
    <message>
        <source>Less opaque</source>
        <translation>Menos opaco</translation>
    </message>
    <message>
        <source>Raise threshold</source>
        <translation>Subir el umbral</translation>
    </message>
    <message>
        <source>Lower threshold</source>
        <translation>Bajar el umbral</translation>
    </message>
    <message>
        <source>Next colour map</source>
        <translation>Escala de color siguiente</translation>
    </message>
    <message>
        <source>Show below operating point</source>
        <translation>También bajo el punto de operación</translation>
    </message>
    <message>
        <source>Start the classifier again</source>
        <translation>Reiniciar el clasificador</translation>
    </message>
    <message>
        <source>Next frame</source>
        <translation>Corte siguiente</translation>
    </message>
    <message>
        <source>Previous frame</source>
        <translation>Corte anterior</translation>
    </message>
    <message>
        <source>A tenth of the frames on</source>
        <translation>Avanzar un décimo de los cortes</translation>
    </message>
    <message>
        <source>A tenth of the frames back</source>
        <translation>Retroceder un décimo de los cortes</translation>
    </message>
    <message>
        <source>First frame</source>
        <translation>Primer corte</translation>
    </message>
    <message>
        <source>Last frame</source>
        <translation>Último corte</translation>
    </message>
    <message>
        <source>Cine</source>
        <translation>Cine</translation>
    </message>
    <message>
        <source>Cine faster</source>
        <translation>Cine más rápido</translation>
    </message>
    <message>
        <source>Cine slower</source>
        <translation>Cine más lento</translation>
    </message>
    <message>
        <source>Slab: 1, 3, 5, 9, all frames</source>
        <translation>Bloque: 1, 3, 5, 9, todos los cortes</translation>
    </message>
    <message>
        <source>Slab: maximum or average</source>
        <translation>Bloque: máximo o promedio</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>Cambiar teclas…</translation>
    </message>
    <message>
        <source>Language…</source>
        <translation>Idioma…</translation>
    </message>
    <message>
        <source>Tour</source>
        <translation>Recorrido</translation>
    </message>
    <message>
        <source>About mammoview</source>
        <translation>Acerca de mammoview</translation>
    </message>
    <message>
        <source>Next step</source>
        <translation>Paso siguiente</translation>
    </message>
    <message>
        <source>Previous step</source>
        <translation>Paso anterior</translation>
    </message>
    <message>
        <source>Next part at 1:1</source>
        <translation>Parte siguiente a 1:1</translation>
    </message>
    <message>
        <source>Previous part at 1:1</source>
        <translation>Parte anterior a 1:1</translation>
    </message>
    <message>
        <source>Next of the other images, in this view</source>
        <translation>Siguiente de las otras imágenes, en este lugar</translation>
    </message>
    <message>
        <source>Step: CC pair</source>
        <translation>Paso: par CC</translation>
    </message>
    <message>
        <source>Step: MLO pair</source>
        <translation>Paso: par MLO</translation>
    </message>
    <message>
        <source>Current against prior</source>
        <translation>Actual frente a previo</translation>
    </message>
    <message>
        <source>Current and prior in place, in turn</source>
        <translation>Actual y previo en el mismo lugar</translation>
    </message>
    <message>
        <source>Pointer</source>
        <translation>Puntero</translation>
    </message>
    <message>
        <source>Ruler</source>
        <translation>Regla</translation>
    </message>
    <message>
        <source>Angle</source>
        <translation>Ángulo</translation>
    </message>
    <message>
        <source>Ellipse: mean, SD, area</source>
        <translation>Elipse: media, DE, área</translation>
    </message>
    <message>
        <source>Freehand region: mean, SD, area</source>
        <translation>Región a mano alzada: media, DE, área</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>Hallazgo</translation>
    </message>
    <message>
        <source>Arrow</source>
        <translation>Flecha</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Texto</translation>
    </message>
    <message>
        <source>Nipple</source>
        <translation>Pezón</translation>
    </message>
    <message>
        <source>Delete the selected mark</source>
        <translation>Borrar la marca seleccionada</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>Do again</source>
        <translation>Rehacer</translation>
    </message>
    <message>
        <source>Marks</source>
        <translation>Marcas</translation>
    </message>
    <message>
        <source>Magnifier</source>
        <translation>Lupa</translation>
    </message>
    <message>
        <source>True size</source>
        <translation>Tamaño real</translation>
    </message>
    <message>
        <source>Calibrate the screen…</source>
        <translation>Calibrar la pantalla…</translation>
    </message>
    <message>
        <source>Studies of the library</source>
        <translation>Estudios de la biblioteca</translation>
    </message>
    <message>
        <source>Find in the library</source>
        <translation>Buscar en la biblioteca</translation>
    </message>
    <message>
        <source>Library by date, name, state, score in turn</source>
        <translation>Biblioteca por fecha, nombre, estado, puntuación por turno</translation>
    </message>
    <message>
        <source>Library: all, not read, in progress, read</source>
        <translation>Biblioteca: todos, no leídos, en curso, leídos</translation>
    </message>
    <message>
        <source>Folders of the library…</source>
        <translation>Carpetas de la biblioteca…</translation>
    </message>
    <message>
        <source>Look for new studies</source>
        <translation>Buscar estudios nuevos</translation>
    </message>
    <message>
        <source>Finish and go to the next unread</source>
        <translation>Finalizar y pasar al siguiente no leído</translation>
    </message>
    <message>
        <source>Not read yet</source>
        <translation>Aún sin leer</translation>
    </message>
    <message>
        <source>Show the classifier now</source>
        <translation>Mostrar ya el clasificador</translation>
    </message>
    <message>
        <source>Classifier: after my first look, concurrent, off</source>
        <translation>Clasificador: tras mi primera lectura, simultáneo, apagado</translation>
    </message>
    <message>
        <source>Score the list ahead</source>
        <translation>Puntuar la lista por adelantado</translation>
    </message>
    <message>
        <source>Next operating point</source>
        <translation>Siguiente punto de operación</translation>
    </message>
    <message>
        <source>Prevalence at this site…</source>
        <translation>Prevalencia en este centro…</translation>
    </message>
    <message>
        <source>Free text</source>
        <translation>Texto libre</translation>
    </message>
    <message>
        <source>Export assessment</source>
        <translation>Exportar la valoración</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 0, incomplete</source>
        <translation>Esta mama: BI-RADS 0, incompleta</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 1, negative</source>
        <translation>Esta mama: BI-RADS 1, negativa</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 2, benign</source>
        <translation>Esta mama: BI-RADS 2, benigna</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 3, probably benign</source>
        <translation>Esta mama: BI-RADS 3, probablemente benigna</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 4, suspicious</source>
        <translation>Esta mama: BI-RADS 4, sospechosa</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 5, highly suggestive of malignancy</source>
        <translation>Esta mama: BI-RADS 5, altamente sugestiva de malignidad</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 6, known malignancy</source>
        <translation>Esta mama: BI-RADS 6, malignidad conocida</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 0</source>
        <translation>Ambas mamas: BI-RADS 0</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 1</source>
        <translation>Ambas mamas: BI-RADS 1</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 2</source>
        <translation>Ambas mamas: BI-RADS 2</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 3</source>
        <translation>Ambas mamas: BI-RADS 3</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 4</source>
        <translation>Ambas mamas: BI-RADS 4</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 5</source>
        <translation>Ambas mamas: BI-RADS 5</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 6</source>
        <translation>Ambas mamas: BI-RADS 6</translation>
    </message>
    <message>
        <source>This breast: density A, almost entirely fatty</source>
        <translation>Esta mama: densidad A, casi completamente grasa</translation>
    </message>
    <message>
        <source>This breast: density B, scattered fibroglandular density</source>
        <translation>Esta mama: densidad B, densidad fibroglandular dispersa</translation>
    </message>
    <message>
        <source>This breast: density C, heterogeneously dense</source>
        <translation>Esta mama: densidad C, heterogéneamente densa</translation>
    </message>
    <message>
        <source>This breast: density D, extremely dense</source>
        <translation>Esta mama: densidad D, extremadamente densa</translation>
    </message>
    <message>
        <source>Both breasts: density A to D in turn</source>
        <translation>Ambas mamas: densidad de A a D por turno</translation>
    </message>
    <message>
        <source>Go to the highest score</source>
        <translation>Ir a la puntuación más alta</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Arrastrar</translation>
    </message>
    <message>
        <source>Window: right wider, down darker</source>
        <translation>Ventana: derecha más ancha, abajo más oscuro</translation>
    </message>
    <message>
        <source>Shift + drag</source>
        <translation>Mayús + arrastrar</translation>
    </message>
    <message>
        <source>Window of all views</source>
        <translation>Ventana de todas las proyecciones</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Rueda</translation>
    </message>
    <message>
        <source>Zoom at the cursor; through the frames of tomosynthesis</source>
        <translation>Zoom en el cursor; en tomosíntesis, por los cortes</translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation>Control + rueda</translation>
    </message>
    <message>
        <source>Zoom at the cursor</source>
        <translation>Zoom en el cursor</translation>
    </message>
    <message>
        <source>Middle drag, Space + drag</source>
        <translation>Arrastrar con el botón central, Espacio + arrastrar</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>Desplazar</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doble clic</translation>
    </message>
    <message>
        <source>This view alone, and back</source>
        <translation>Solo esta proyección, y volver</translation>
    </message>
    <message>
        <source>Right click</source>
        <translation>Clic derecho</translation>
    </message>
    <message>
        <source>Commands for this place</source>
        <translation>Comandos para este lugar</translation>
    </message>
    <message>
        <source>Drag on a mark</source>
        <translation>Arrastrar sobre una marca</translation>
    </message>
    <message>
        <source>Move it, or one of its points; Shift keeps the tool for the next</source>
        <translation>Moverla, o uno de sus puntos; Mayús conserva la herramienta para la siguiente</translation>
    </message>
    <message>
        <source>Double click on a finding or text</source>
        <translation>Doble clic en un hallazgo o texto</translation>
    </message>
    <message>
        <source>Describe it</source>
        <translation>Describirlo</translation>
    </message>
    <message>
        <source>Drop files or folders</source>
        <translation>Soltar archivos o carpetas</translation>
    </message>
    <message>
        <source>Open them</source>
        <translation>Abrirlos</translation>
    </message>
</context>
<context>
    <name>Ahead</name>
    <message>
        <source>scored ahead {done} of {total}</source>
        <translation>puntuados por adelantado: {done} de {total}</translation>
    </message>
    <message>
        <source>Waits while you work</source>
        <translation>Espera mientras usted trabaja</translation>
    </message>
    <message>
        <source>Waits for the pictures that are loading</source>
        <translation>Espera a las imágenes que se están cargando</translation>
    </message>
    <message>
        <source>Waits for the scores of this study</source>
        <translation>Espera a las puntuaciones de este estudio</translation>
    </message>
    <message>
        <source>The other studies cannot be read or scored</source>
        <translation>Los demás estudios no se pueden leer o puntuar</translation>
    </message>
    <message>
        <source>Studies of the list are scored before they are opened</source>
        <translation>Los estudios de la lista se puntúan antes de abrirlos</translation>
    </message>
</context>
<context>
    <name>ArchiveEditor</name>
    <message>
        <source>New archive</source>
        <translation>Nuevo archivo PACS</translation>
    </message>
    <message>
        <source>Change the archive</source>
        <translation>Cambiar el archivo PACS</translation>
    </message>
    <message>
        <source>a PACS (DICOM network)</source>
        <translation>un PACS (red DICOM)</translation>
    </message>
    <message>
        <source>a DICOMweb service (HTTP)</source>
        <translation>un servicio DICOMweb (HTTP)</translation>
    </message>
    <message>
        <source>https://HOST[:PORT]/PATH</source>
        <translation>https://SERVIDOR[:PUERTO]/RUTA</translation>
    </message>
    <message>
        <source>It goes into the system&apos;s keyring, and into no file</source>
        <translation>Va al llavero del sistema y a ningún archivo</translation>
    </message>
    <message>
        <source>the system&apos;s authorities</source>
        <translation>las autoridades del sistema</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nada</translation>
    </message>
    <message>
        <source>name and password</source>
        <translation>nombre y contraseña</translation>
    </message>
    <message>
        <source>bearer token</source>
        <translation>token de portador</translation>
    </message>
    <message>
        <source>C-GET: over the connection that asks</source>
        <translation>C-GET: por la conexión que pregunta</translation>
    </message>
    <message>
        <source>C-MOVE: the archive calls back</source>
        <translation>C-MOVE: el archivo PACS llama de vuelta</translation>
    </message>
    <message>
        <source>Encrypted (TLS)</source>
        <translation>Cifrado (TLS)</translation>
    </message>
    <message>
        <source>there is no file {}</source>
        <translation>no existe el archivo {}</translation>
    </message>
    <message>
        <source>choose a PEM file of authorities</source>
        <translation>elija un archivo PEM de autoridades</translation>
    </message>
    <message>
        <source>no user is named</source>
        <translation>no se indica ningún usuario</translation>
    </message>
    <message>
        <source>write the name, without a colon</source>
        <translation>escriba el nombre, sin dos puntos</translation>
    </message>
    <message>
        <source>no password or token is given</source>
        <translation>no se indica contraseña ni token</translation>
    </message>
    <message>
        <source>write it here, or set {} in the environment</source>
        <translation>escríbalo aquí o defina {} en el entorno</translation>
    </message>
    <message>
        <source>an encrypted connection needs three files</source>
        <translation>una conexión cifrada necesita tres archivos</translation>
    </message>
    <message>
        <source>choose certificate, key and authority</source>
        <translation>elija certificado, clave y autoridad</translation>
    </message>
    <message>
        <source>&amp;Kind</source>
        <translation>&amp;Tipo</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Nombre</translation>
    </message>
    <message>
        <source>Add&amp;ress</source>
        <translation>Di&amp;rección</translation>
    </message>
    <message>
        <source>It asks &amp;for</source>
        <translation>P&amp;ide</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>&amp;Usuario</translation>
    </message>
    <message>
        <source>Pass&amp;word or token</source>
        <translation>&amp;Contraseña o token</translation>
    </message>
    <message>
        <source>Authorities to trust</source>
        <translation>Autoridades de confianza</translation>
    </message>
    <message>
        <source>&amp;AE title</source>
        <translation>Título &amp;AE</translation>
    </message>
    <message>
        <source>&amp;Host</source>
        <translation>&amp;Servidor</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>&amp;Puerto</translation>
    </message>
    <message>
        <source>&amp;Our AE title</source>
        <translation>N&amp;uestro título AE</translation>
    </message>
    <message>
        <source>&amp;Images come by</source>
        <translation>Las &amp;imágenes llegan por</translation>
    </message>
    <message>
        <source>Our port &amp;for them</source>
        <translation>Nuestro puerto &amp;para ellas</translation>
    </message>
    <message>
        <source>Our certificate</source>
        <translation>Nuestro certificado</translation>
    </message>
    <message>
        <source>Its key</source>
        <translation>Su clave</translation>
    </message>
    <message>
        <source>Authority</source>
        <translation>Autoridad</translation>
    </message>
    <message>
        <source>Name in its certificate</source>
        <translation>Nombre en su certificado</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>Choose a PEM file</source>
        <translation>Elegir un archivo PEM</translation>
    </message>
    <message>
        <source>that of {} in the environment</source>
        <translation>el de {} en el entorno</translation>
    </message>
    <message>
        <source>as it was</source>
        <translation>como estaba</translation>
    </message>
</context>
<context>
    <name>Archives</name>
    <message>
        <source>there is an archive of this name</source>
        <translation>ya hay un archivo PACS con ese nombre</translation>
    </message>
    <message>
        <source>take another name</source>
        <translation>tome otro nombre</translation>
    </message>
    <message>
        <source>{name}: the password or token is not kept: {error}</source>
        <translation>{name}: la contraseña o el token no se guarda: {error}</translation>
    </message>
    <message>
        <source>the keyring had not taken it when the window was closed</source>
        <translation>el llavero no lo había aceptado cuando se cerró la ventana</translation>
    </message>
    <message>
        <source>give it again</source>
        <translation>indíquelo de nuevo</translation>
    </message>
    <message>
        <source>nothing says what to look for</source>
        <translation>nada indica qué buscar</translation>
    </message>
    <message>
        <source>give a name, a number or a date</source>
        <translation>indique un nombre, un número o una fecha</translation>
    </message>
</context>
<context>
    <name>ArchivesDialog</name>
    <message>
        <source>Archives</source>
        <translation>Archivos PACS</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>AE title</source>
        <translation>Título AE</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Dirección</translation>
    </message>
    <message>
        <source>Images come by</source>
        <translation>Las imágenes llegan por</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>Añadir…</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Cambiar…</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Probar</translation>
    </message>
    <message>
        <source>Ask whether it is there (C-ECHO, or a search for one study)</source>
        <translation>Preguntar si responde (C-ECHO o búsqueda de un estudio)</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>&amp;Fetch priors of the open case from</source>
        <translation>&amp;Traer previos del caso abierto de</translation>
    </message>
    <message>
        <source>&amp;Retrieved studies go to</source>
        <translation>Los estudios &amp;recuperados van a</translation>
    </message>
    <message>
        <source>Retrieved studies go to</source>
        <translation>Los estudios recuperados van a</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>{}: images go over http, where anyone can read them</source>
        <translation>{}: las imágenes van por http, donde cualquiera puede leerlas</translation>
    </message>
    <message>
        <source>{} answers in {} ms</source>
        <translation>{} responde en {} ms</translation>
    </message>
    <message>
        <source>asking {}</source>
        <translation>preguntando a {}</translation>
    </message>
    <message>
        <source>Remove the archive</source>
        <translation>Quitar el archivo PACS</translation>
    </message>
    <message>
        <source>{} will no longer be known. What was retrieved from it stays.</source>
        <translation>{} dejará de conocerse. Lo que se recuperó de él permanece.</translation>
    </message>
</context>
<context>
    <name>Assessment</name>
    <message>
        <source>{reader} has written on this case too: both texts stand</source>
        <translation>{reader} también ha escrito sobre este caso: ambos textos valen</translation>
    </message>
    <message>
        <source>BI-RADS {}</source>
        <translation>BI-RADS {}</translation>
    </message>
    <message>
        <source>density {}</source>
        <translation>densidad {}</translation>
    </message>
    <message>
        <source>{side}: {reader} had given {words} meanwhile; yours is in force now</source>
        <translation>{side}: {reader} había dado {words} entretanto; ahora vale la suya</translation>
    </message>
</context>
<context>
    <name>AssessmentPanel</name>
    <message>
        <source>Free text of the case</source>
        <translation>Texto libre del caso</translation>
    </message>
    <message>
        <source>Reader</source>
        <translation>Lector</translation>
    </message>
    <message>
        <source>right</source>
        <translation>derecha</translation>
    </message>
    <message>
        <source>left</source>
        <translation>izquierda</translation>
    </message>
    <message>
        <source>Density</source>
        <translation>Densidad</translation>
    </message>
    <message>
        <source>not kept: there is no library</source>
        <translation>no se guarda: no hay biblioteca</translation>
    </message>
    <message>
        <source>{}: older study, not assessed here</source>
        <translation>{}: estudio anterior, aquí no se valora</translation>
    </message>
</context>
<context>
    <name>Associated</name>
    <message>
        <source>skin retraction</source>
        <translation>retracción cutánea</translation>
    </message>
    <message>
        <source>nipple retraction</source>
        <translation>retracción del pezón</translation>
    </message>
    <message>
        <source>skin thickening</source>
        <translation>engrosamiento cutáneo</translation>
    </message>
    <message>
        <source>trabecular thickening</source>
        <translation>engrosamiento trabecular</translation>
    </message>
    <message>
        <source>axillary adenopathy</source>
        <translation>adenopatía axilar</translation>
    </message>
    <message>
        <source>architectural distortion</source>
        <translation>distorsión de la arquitectura</translation>
    </message>
    <message>
        <source>calcifications</source>
        <translation>calcificaciones</translation>
    </message>
</context>
<context>
    <name>AsymmetryKind</name>
    <message>
        <source>asymmetry</source>
        <translation>asimetría</translation>
    </message>
    <message>
        <source>global asymmetry</source>
        <translation>asimetría global</translation>
    </message>
    <message>
        <source>focal asymmetry</source>
        <translation>asimetría focal</translation>
    </message>
    <message>
        <source>developing asymmetry</source>
        <translation>asimetría en desarrollo</translation>
    </message>
</context>
<context>
    <name>CalibrationDialog</name>
    <message>
        <source>Calibrate the screen</source>
        <translation>Calibrar la pantalla</translation>
    </message>
    <message>
        <source>Lay a ruler on the line and enter its length between the two ticks, to half a millimetre. Without a ruler enter {length} mm, and make the line as long as a bank card.</source>
        <translation>Ponga una regla sobre la línea e introduzca su longitud entre las dos marcas, con medio milímetro de precisión. Sin regla, introduzca {length} mm y haga la línea tan larga como una tarjeta bancaria.</translation>
    </message>
    <message>
        <source>This screen was calibrated before.</source>
        <translation>Esta pantalla ya se calibró.</translation>
    </message>
    <message>
        <source>This screen is not calibrated yet.</source>
        <translation>Esta pantalla aún no está calibrada.</translation>
    </message>
    <message>
        <source>&amp;Length of the line</source>
        <translation>&amp;Longitud de la línea</translation>
    </message>
    <message>
        <source>&amp;Pixels of the line</source>
        <translation>&amp;Píxeles de la línea</translation>
    </message>
</context>
<context>
    <name>Calibrations</name>
    <message>
        <source>no screen shows {pixels} pixels on {length} mm</source>
        <translation>ninguna pantalla muestra {pixels} píxeles en {length} mm</translation>
    </message>
    <message>
        <source>measure the line again</source>
        <translation>mida la línea otra vez</translation>
    </message>
</context>
<context>
    <name>Caution</name>
    <message>
        <source>no breast with air beside it was found: look whether anything is written in it</source>
        <translation>no se encontró ninguna mama con aire al lado: mire si hay algo escrito</translation>
    </message>
    <message>
        <source>{} row(s) of letters stand over the breast and were left: look whom they name</source>
        <translation>{} línea(s) de letras están sobre la mama y se dejaron: mire a quién nombran</translation>
    </message>
    <message>
        <source>the file said that an annotation is burned in, and none was found: look for it</source>
        <translation>el archivo decía que hay una anotación grabada y no se encontró: búsquela</translation>
    </message>
</context>
<context>
    <name>ClosingQuestion</name>
    <message>
        <source>{words}. Closing the window now loses what is on the screen only.</source>
        <translation>{words}. Si la ventana se cierra ahora, se pierde lo que solo está en pantalla.</translation>
    </message>
    <message>
        <source>The library is still being written to.</source>
        <translation>Todavía se está escribiendo en la biblioteca.</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Close without keeping</source>
        <translation>Cerrar sin guardar</translation>
    </message>
    <message>
        <source>Go on reading</source>
        <translation>Seguir leyendo</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Open files</source>
        <translation>Abrir archivos</translation>
    </message>
    <message>
        <source>Open a folder</source>
        <translation>Abrir una carpeta</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>cancelado</translation>
    </message>
    <message>
        <source>writing {}</source>
        <translation>escribiendo {}</translation>
    </message>
    <message>
        <source>written to {}</source>
        <translation>escrito en {}</translation>
    </message>
    <message>
        <source>copied, {} × {} pixels</source>
        <translation>copiado, {} × {} píxeles</translation>
    </message>
    <message>
        <source>without patient identity</source>
        <translation>sin identidad de la paciente</translation>
    </message>
    <message>
        <source>this is the last study</source>
        <translation>este es el último estudio</translation>
    </message>
    <message>
        <source>this is the first study</source>
        <translation>este es el primer estudio</translation>
    </message>
    <message>
        <source>there is no other study of this patient</source>
        <translation>no hay otro estudio de esta paciente</translation>
    </message>
    <message>
        <source>heat map: {}</source>
        <translation>mapa de calor: {}</translation>
    </message>
    <message>
        <source>this view has one frame only</source>
        <translation>esta proyección tiene un solo corte</translation>
    </message>
    <message>
        <source>cine at {} frames per second</source>
        <translation>cine a {} cortes por segundo</translation>
    </message>
    <message>
        <source>looking for new studies</source>
        <translation>buscando estudios nuevos</translation>
    </message>
    <message>
        <source>there is no other operating point</source>
        <translation>no hay otro punto de operación</translation>
    </message>
    <message>
        <source>the side of this view is not known</source>
        <translation>no se conoce el lado de esta proyección</translation>
    </message>
    <message>
        <source>choose a view whose side is</source>
        <translation>elija una proyección de lado conocido</translation>
    </message>
    <message>
        <source>no study is open</source>
        <translation>no hay ningún estudio abierto</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>abra uno primero</translation>
    </message>
    <message>
        <source>DICOM is being written already</source>
        <translation>ya se está escribiendo DICOM</translation>
    </message>
    <message>
        <source>written to {} and {}</source>
        <translation>escrito en {} y {}</translation>
    </message>
    <message>
        <source>this study has nothing of other makers</source>
        <translation>este estudio no tiene nada de otros fabricantes</translation>
    </message>
    <message>
        <source>{} shows them</source>
        <translation>{} los muestra</translation>
    </message>
    <message>
        <source>marks and maps of other makers are hidden</source>
        <translation>las marcas y los mapas de otros fabricantes están ocultos</translation>
    </message>
    <message>
        <source>the list of other makers&apos; marks and maps is not in sight</source>
        <translation>la lista de marcas y mapas de otros fabricantes no está a la vista</translation>
    </message>
    <message>
        <source>leave full screen first</source>
        <translation>salga antes de la pantalla completa</translation>
    </message>
    <message>
        <source>none of other makers&apos; marks and maps can be shown or hidden now</source>
        <translation>ahora no se puede mostrar ni ocultar ninguna marca ni mapa de otros fabricantes</translation>
    </message>
    <message>
        <source>no CAD report of this study has optional findings</source>
        <translation>ningún informe CAD de este estudio tiene hallazgos opcionales</translation>
    </message>
    <message>
        <source>CAD operating point {}</source>
        <translation>punto de operación CAD {}</translation>
    </message>
    <message>
        <source>CAD: required findings only</source>
        <translation>CAD: solo hallazgos obligatorios</translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n new or changed in the library</source>
        <translation>
            <numerusform>%n nuevo o cambiado en la biblioteca</numerusform>
            <numerusform>%n nuevos o cambiados en la biblioteca</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies left out: their UIDs are those of another study here</source>
        <translation>
            <numerusform>%n estudio omitido: sus UID son los de otro estudio de aquí</numerusform>
            <numerusform>%n estudios omitidos: sus UID son los de otro estudio de aquí</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>table of %n values</source>
        <translation>
            <numerusform>tabla de %n valor</numerusform>
            <numerusform>tabla de %n valores</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies</source>
        <translation>
            <numerusform>%n estudio</numerusform>
            <numerusform>%n estudios</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n images</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files</source>
        <translation>
            <numerusform>%n archivo</numerusform>
            <numerusform>%n archivos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n objects</source>
        <translation>
            <numerusform>%n objeto</numerusform>
            <numerusform>%n objetos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files refused</source>
        <translation>
            <numerusform>%n archivo rechazado</numerusform>
            <numerusform>%n archivos rechazados</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frames</source>
        <translation>
            <numerusform>%n corte</numerusform>
            <numerusform>%n cortes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n más</numerusform>
            <numerusform>%n más</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes not kept</source>
        <translation>
            <numerusform>%n cambio sin guardar</numerusform>
            <numerusform>%n cambios sin guardar</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DeidentifyDialog</name>
    <message>
        <source>De-identified copy</source>
        <translation>Copia desidentificada</translation>
    </message>
    <message>
        <source>Make the copy</source>
        <translation>Hacer la copia</translation>
    </message>
    <message>
        <source>Folder for the copy</source>
        <translation>Carpeta para la copia</translation>
    </message>
    <message>
        <source>Keep the age (over 89 as 90), sex, size and weight</source>
        <translation>Conservar edad (más de 89 como 90), sexo, talla y peso</translation>
    </message>
    <message>
        <source>File with the secret</source>
        <translation>Archivo con el secreto</translation>
    </message>
    <message>
        <source>none: the pseudonyms are made once and forgotten</source>
        <translation>ninguno: los seudónimos se hacen una vez y se olvidan</translation>
    </message>
    <message>
        <source>Accept letters over the breast, and images without a breast</source>
        <translation>Aceptar letras sobre la mama e imágenes sin mama</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Carpeta</translation>
    </message>
    <message>
        <source>Secret</source>
        <translation>Secreto</translation>
    </message>
    <message>
        <source>The whole study, {files}: names, numbers and texts are removed, UIDs replaced, dates moved, and what is written beside the breast is blanked (PS3.15 Annex E). The same secret gives the same pseudonyms again: keep it, and keep it apart from the copy. Marks and assessments are not in it.</source>
        <translation>El estudio entero, {files}: se quitan nombres, números y textos, se sustituyen los UID, se desplazan las fechas y se borra lo escrito junto a la mama (PS3.15 Anexo E). El mismo secreto da otra vez los mismos seudónimos: guárdelo, y aparte de la copia. No contiene marcas ni valoraciones.</translation>
    </message>
    <message>
        <source>the secret would lie in the copy: whoever has both can try out names</source>
        <translation>el secreto quedaría en la copia: quien tenga ambos puede probar nombres</translation>
    </message>
    <message>
        <source>keep it elsewhere</source>
        <translation>guárdelo en otro lugar</translation>
    </message>
    <message>
        <source>{files} of {all} in {place}</source>
        <translation>{files} de {all} en {place}</translation>
    </message>
    <message>
        <source>blanked beside the breast: {} of {}</source>
        <translation>borrado junto a la mama: {} de {}</translation>
    </message>
    <message>
        <source>did not say whether an annotation is burned in: {}</source>
        <translation>no decían si hay una anotación grabada: {}</translation>
    </message>
    <message>
        <source>Look at these before you give them away:</source>
        <translation>Mire estas antes de entregarlas:</translation>
    </message>
    <message>
        <source>What was done to each attribute stands in deidentification.json there.</source>
        <translation>Lo que se hizo con cada atributo está allí en deidentification.json.</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Files that were refused</source>
        <translation>Archivos rechazados</translation>
    </message>
    <message>
        <source>Nothing was refused.</source>
        <translation>No se rechazó nada.</translation>
    </message>
    <message>
        <source>The rest was opened.</source>
        <translation>El resto se abrió.</translation>
    </message>
    <message>
        <source>Memory limit</source>
        <translation>Límite de memoria</translation>
    </message>
    <message>
        <source>Images, previews and frames together may take</source>
        <translation>Imágenes, vistas previas y cortes pueden ocupar en total</translation>
    </message>
    <message>
        <source>default, {} MiB</source>
        <translation>por defecto, {} MiB</translation>
    </message>
    <message>
        <source>{} MiB are in use. What is on the screen stays in memory in any case.</source>
        <translation>Hay {} MiB en uso. Lo que está en pantalla permanece siempre en memoria.</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>Con identidad de la paciente</translation>
    </message>
    <message>
        <source>The picture will show the patient&apos;s name, number and date.</source>
        <translation>La imagen mostrará el nombre, el número y la fecha de la paciente.</translation>
    </message>
    <message>
        <source>Whoever gets the picture can tell who she is.</source>
        <translation>Quien reciba la imagen puede saber quién es.</translation>
    </message>
    <message>
        <source>Export with identity</source>
        <translation>Exportar con identidad</translation>
    </message>
    <message>
        <source>Replace the file</source>
        <translation>Reemplazar el archivo</translation>
    </message>
    <message>
        <source>{} exists already.</source>
        <translation>{} ya existe.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Reemplazar</translation>
    </message>
    <message>
        <source>A fault in mammoview</source>
        <translation>Un fallo en mammoview</translation>
    </message>
    <message>
        <source>mammoview failed at something and goes on.</source>
        <translation>Algo falló en mammoview, que sigue funcionando.</translation>
    </message>
    <message>
        <source>A record without patient identity is in</source>
        <translation>Un registro sin identidad de la paciente está en</translation>
    </message>
</context>
<context>
    <name>DicomExport</name>
    <message>
        <source>these images are no DICOM: no object can refer to them</source>
        <translation>estas imágenes no son DICOM: ningún objeto puede referirse a ellas</translation>
    </message>
    <message>
        <source>the classifier is not done with this study yet</source>
        <translation>el clasificador aún no ha terminado con este estudio</translation>
    </message>
    <message>
        <source>scores of single frames are not written</source>
        <translation>las puntuaciones de cortes sueltos no se escriben</translation>
    </message>
    <message>
        <source>the classifier has said nothing of this study</source>
        <translation>el clasificador no ha dicho nada de este estudio</translation>
    </message>
    <message>
        <source>no view has a heat map</source>
        <translation>ninguna proyección tiene mapa de calor</translation>
    </message>
    <message>
        <source>nothing was assessed</source>
        <translation>no se valoró nada</translation>
    </message>
    <message>
        <source>nothing was measured</source>
        <translation>no se midió nada</translation>
    </message>
    <message>
        <source>there was nothing to write</source>
        <translation>no había nada que escribir</translation>
    </message>
</context>
<context>
    <name>DicomExportDialog</name>
    <message>
        <source>Write as DICOM</source>
        <translation>Escribir como DICOM</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>Objetos</translation>
    </message>
    <message>
        <source>a folder</source>
        <translation>una carpeta</translation>
    </message>
    <message>
        <source>send to {}</source>
        <translation>enviar a {}</translation>
    </message>
    <message>
        <source>Folder for DICOM objects</source>
        <translation>Carpeta para objetos DICOM</translation>
    </message>
    <message>
        <source>Where to</source>
        <translation>Destino</translation>
    </message>
    <message>
        <source>The objects name the patient, as the images do. States and pictures are as you see the views now.</source>
        <translation>Los objetos nombran a la paciente, como las imágenes. Los estados y las imágenes son como usted ve ahora las proyecciones.</translation>
    </message>
    <message>
        <source>What the classifier says is hidden from you: it is written nowhere, nor drawn.</source>
        <translation>Lo que dice el clasificador está oculto para usted: no se escribe ni se dibuja en ninguna parte.</translation>
    </message>
    <message>
        <source>Pictures with marks</source>
        <translation>Imágenes con marcas</translation>
    </message>
    <message>
        <source>Presentation states</source>
        <translation>Estados de presentación</translation>
    </message>
    <message>
        <source>CAD result</source>
        <translation>Resultado CAD</translation>
    </message>
    <message>
        <source>Heat maps</source>
        <translation>Mapas de calor</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Valoración</translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation>Mediciones</translation>
    </message>
    <message>
        <source>nothing is chosen</source>
        <translation>no hay nada elegido</translation>
    </message>
    <message>
        <source>{files} sent to {place}</source>
        <translation>{files} enviados a {place}</translation>
    </message>
    <message>
        <source>{files} written to {place}</source>
        <translation>{files} escritos en {place}</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>Escribir</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Enviar</translation>
    </message>
</context>
<context>
    <name>Distribution</name>
    <message>
        <source>diffuse</source>
        <translation>difusa</translation>
    </message>
    <message>
        <source>regional</source>
        <translation>regional</translation>
    </message>
    <message>
        <source>grouped</source>
        <translation>agrupada</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>lineal</translation>
    </message>
    <message>
        <source>segmental</source>
        <translation>segmentaria</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>No study is open</source>
        <translation>No hay ningún estudio abierto</translation>
    </message>
    <message>
        <source>Drop files, folders, archives or a DICOMDIR here</source>
        <translation>Suelte aquí archivos, carpetas, ficheros comprimidos o un DICOMDIR</translation>
    </message>
    <message>
        <source>{keys}  shows all keys,  {library}  the studies of the library</source>
        <translation>{keys}  muestra todas las teclas,  {library}  los estudios de la biblioteca</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Native resolution, {note}</source>
        <translation>Resolución nativa, {note}</translation>
    </message>
    <message>
        <source>no pixel shrunk</source>
        <translation>ningún píxel reducido</translation>
    </message>
    <message>
        <source>As seen on the screen</source>
        <translation>Como se ve en pantalla</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>Con identidad de la paciente</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Resolution</source>
        <translation>Resolución</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Formato</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Archivo</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>Exportar a</translation>
    </message>
    <message>
        <source>this names no file</source>
        <translation>esto no nombra ningún archivo</translation>
    </message>
    <message>
        <source>write a name behind the folder</source>
        <translation>escriba un nombre tras la carpeta</translation>
    </message>
    <message>
        <source>there is no home folder {}</source>
        <translation>no existe la carpeta personal {}</translation>
    </message>
    <message>
        <source>name another folder</source>
        <translation>indique otra carpeta</translation>
    </message>
    <message>
        <source>{} is no kind of picture</source>
        <translation>{} no es un formato de imagen</translation>
    </message>
    <message>
        <source>end the name in {}</source>
        <translation>termine el nombre en {}</translation>
    </message>
    <message>
        <source>there is no folder {}</source>
        <translation>no existe la carpeta {}</translation>
    </message>
    <message>
        <source>name a folder that exists</source>
        <translation>indique una carpeta que exista</translation>
    </message>
    <message>
        <source>{} is a folder</source>
        <translation>{} es una carpeta</translation>
    </message>
    <message>
        <source>name a file</source>
        <translation>indique un archivo</translation>
    </message>
    <message>
        <source>the name is too long</source>
        <translation>el nombre es demasiado largo</translation>
    </message>
    <message>
        <source>it cannot be used</source>
        <translation>no se puede usar</translation>
    </message>
    <message>
        <source>nothing can be written there: {}</source>
        <translation>ahí no se puede escribir nada: {}</translation>
    </message>
    <message>
        <source>choose another name</source>
        <translation>elija otro nombre</translation>
    </message>
    <message>
        <source>this is no name of a file</source>
        <translation>esto no es un nombre de archivo</translation>
    </message>
</context>
<context>
    <name>FindingDialog</name>
    <message>
        <source>Describe the finding</source>
        <translation>Describir el hallazgo</translation>
    </message>
    <message>
        <source>not described</source>
        <translation>sin describir</translation>
    </message>
    <message>
        <source>&amp;Finding</source>
        <translation>&amp;Hallazgo</translation>
    </message>
    <message>
        <source>&amp;Shape</source>
        <translation>&amp;Forma</translation>
    </message>
    <message>
        <source>&amp;Margin</source>
        <translation>&amp;Margen</translation>
    </message>
    <message>
        <source>&amp;Density</source>
        <translation>&amp;Densidad</translation>
    </message>
    <message>
        <source>M&amp;orphology</source>
        <translation>M&amp;orfología</translation>
    </message>
    <message>
        <source>D&amp;istribution</source>
        <translation>D&amp;istribución</translation>
    </message>
    <message>
        <source>&amp;Asymmetry</source>
        <translation>&amp;Asimetría</translation>
    </message>
    <message>
        <source>Associated</source>
        <translation>Asociadas</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>&amp;Nota</translation>
    </message>
</context>
<context>
    <name>FindingKind</name>
    <message>
        <source>mass</source>
        <translation>masa</translation>
    </message>
    <message>
        <source>calcifications</source>
        <translation>calcificaciones</translation>
    </message>
    <message>
        <source>architectural distortion</source>
        <translation>distorsión de la arquitectura</translation>
    </message>
    <message>
        <source>asymmetry</source>
        <translation>asimetría</translation>
    </message>
    <message>
        <source>intramammary lymph node</source>
        <translation>ganglio linfático intramamario</translation>
    </message>
    <message>
        <source>skin lesion</source>
        <translation>lesión cutánea</translation>
    </message>
    <message>
        <source>solitary dilated duct</source>
        <translation>conducto dilatado solitario</translation>
    </message>
    <message>
        <source>associated feature</source>
        <translation>característica asociada</translation>
    </message>
</context>
<context>
    <name>Finishing</name>
    <message>
        <source>this study has just come up: it is not finished</source>
        <translation>este estudio acaba de aparecer: no se termina</translation>
    </message>
    <message>
        <source>no BI-RADS for either breast: press again to finish without</source>
        <translation>sin BI-RADS en ambas mamas: pulse otra vez para terminar sin él</translation>
    </message>
    <message>
        <source>no BI-RADS for the left breast: press again to finish without</source>
        <translation>sin BI-RADS en la mama izquierda: pulse otra vez para terminar sin él</translation>
    </message>
    <message>
        <source>no BI-RADS for the right breast: press again to finish without</source>
        <translation>sin BI-RADS en la mama derecha: pulse otra vez para terminar sin él</translation>
    </message>
</context>
<context>
    <name>FoldersDialog</name>
    <message>
        <source>Folders of the library</source>
        <translation>Carpetas de la biblioteca</translation>
    </message>
    <message>
        <source>&amp;Watch a folder…</source>
        <translation>&amp;Vigilar una carpeta…</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>Volver a &amp;mirar</translation>
    </message>
    <message>
        <source>&amp;Remove from the list…</source>
        <translation>&amp;Quitar de la lista…</translation>
    </message>
    <message>
        <source>Take the folder and its studies out of the list; no file is touched (Delete)</source>
        <translation>Sacar de la lista la carpeta y sus estudios; no se toca ningún archivo (Supr)</translation>
    </message>
    <message>
        <source>A folder with a tick is watched: what comes into it is in the list by itself.</source>
        <translation>Una carpeta marcada se vigila: lo que llega a ella aparece solo en la lista.</translation>
    </message>
    <message>
        <source>Space sets the tick. Studies stay in the list without it.</source>
        <translation>La barra espaciadora pone la marca. Sin ella los estudios siguen en la lista.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Watch a folder</source>
        <translation>Vigilar una carpeta</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>Quitar de la lista</translation>
    </message>
    <message>
        <source>{} and its studies leave the list. No file is touched.</source>
        <translation>{} y sus estudios salen de la lista. No se toca ningún archivo.</translation>
    </message>
    <message>
        <source>What readers made of them is kept: assessments, marks and who read what when.</source>
        <translation>Se conserva lo que hicieron los lectores: valoraciones, marcas y quién leyó qué y cuándo.</translation>
    </message>
    <message>
        <source>Open the folder again, and they are listed with all of it.</source>
        <translation>Al abrir de nuevo la carpeta vuelven a la lista con todo ello.</translation>
    </message>
    <message>
        <source>Studies that also lie in another folder of the library stay; what is on the screen stays open.</source>
        <translation>Se quedan los estudios que también están en otra carpeta de la biblioteca; lo que está en pantalla sigue abierto.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
</context>
<context>
    <name>ForeignModel</name>
    <message>
        <source>A model of another maker</source>
        <translation>Un modelo ajeno</translation>
    </message>
    <message>
        <source>{} {} did not come with mammoview. Load it?</source>
        <translation>{} {} no vino con mammoview. ¿Cargarlo?</translation>
    </message>
    <message>
        <source>Load models of people you trust alone. What it says of itself: {}
Checksum: {}</source>
        <translation>Cargue solo modelos de personas en quienes confía. Lo que dice de sí: {}
Suma de control: {}</translation>
    </message>
    <message>
        <source>Load it</source>
        <translation>Cargarlo</translation>
    </message>
    <message>
        <source>Use mammoview&apos;s own</source>
        <translation>Usar el de mammoview</translation>
    </message>
</context>
<context>
    <name>GreyPanel</name>
    <message>
        <source>Reset</source>
        <translation>Restablecer</translation>
    </message>
    <message>
        <source>The file&apos;s own window for this view</source>
        <translation>La ventana propia del archivo para esta proyección</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>sin imagen</translation>
    </message>
    <message>
        <source>{view}, stored values in the breast</source>
        <translation>{view}, valores almacenados en la mama</translation>
    </message>
    <message>
        <source>{view}, modality values in the breast</source>
        <translation>{view}, valores de modalidad en la mama</translation>
    </message>
</context>
<context>
    <name>ImageCache</name>
    <message>
        <source>{} MiB is no memory limit</source>
        <translation>{} MiB no es un límite de memoria</translation>
    </message>
    <message>
        <source>{} to {} MiB, 0 for the default</source>
        <translation>de {} a {} MiB, 0 para el valor por defecto</translation>
    </message>
</context>
<context>
    <name>ImageStore</name>
    <message>
        <source>loading was cancelled</source>
        <translation>se canceló la carga</translation>
    </message>
    <message>
        <source>open the study again</source>
        <translation>abra el estudio otra vez</translation>
    </message>
</context>
<context>
    <name>Indexing</name>
    <message>
        <source>reading {} into the library</source>
        <translation>leyendo {} en la biblioteca</translation>
    </message>
    <message>
        <source>{} is out of the list</source>
        <translation>{} ya no está en la lista</translation>
    </message>
    <message>
        <source>the files of the chosen study hold another one by now: this is the first of the list</source>
        <translation>los archivos del estudio elegido contienen ahora otro: este es el primero de la lista</translation>
    </message>
    <message>
        <source>open its folder again</source>
        <translation>abra de nuevo su carpeta</translation>
    </message>
    <message>
        <source>{} does not answer</source>
        <translation>{} no responde</translation>
    </message>
    <message>
        <source>look whether its drive is there</source>
        <translation>mire si su unidad está conectada</translation>
    </message>
</context>
<context>
    <name>JobRunner</name>
    <message>
        <source>mammoview failed here</source>
        <translation>mammoview falló aquí</translation>
    </message>
    <message>
        <source>please report it</source>
        <translation>comuníquelo, por favor</translation>
    </message>
</context>
<context>
    <name>KeyBindings</name>
    <message>
        <source>keys in the settings that are not used: {}</source>
        <translation>teclas de los ajustes que no se usan: {}</translation>
    </message>
    <message>
        <source>press another key</source>
        <translation>pulse otra tecla</translation>
    </message>
    <message>
        <source>{} belongs to “{}”</source>
        <translation>{} pertenece a «{}»</translation>
    </message>
    <message>
        <source>press another key, or take it from that command first</source>
        <translation>pulse otra tecla o quítesela antes a ese comando</translation>
    </message>
    <message>
        <source>{}: no such command</source>
        <translation>{}: no existe ese comando</translation>
    </message>
    <message>
        <source>{}: not a list of keys</source>
        <translation>{}: no es una lista de teclas</translation>
    </message>
    <message>
        <source>{}: {} belongs to {}</source>
        <translation>{}: {} pertenece a {}</translation>
    </message>
    <message>
        <source>not one key</source>
        <translation>no es una tecla</translation>
    </message>
    <message>
        <source>it closes dialogs and gives up what is being drawn</source>
        <translation>cierra diálogos y abandona lo que se está dibujando</translation>
    </message>
    <message>
        <source>it opens what is chosen in lists, texts and dialogs</source>
        <translation>abre lo elegido en listas, textos y diálogos</translation>
    </message>
    <message>
        <source>it moves the picture while it is held</source>
        <translation>mueve la imagen mientras se mantiene pulsada</translation>
    </message>
</context>
<context>
    <name>KeyFile</name>
    <message>
        <source>{path}: cannot be read: {reason}</source>
        <translation>{path}: no se puede leer: {reason}</translation>
    </message>
    <message>
        <source>name another file</source>
        <translation>indique otro archivo</translation>
    </message>
    <message>
        <source>{path}: is no key file</source>
        <translation>{path}: no es un archivo de teclas</translation>
    </message>
    <message>
        <source>name one that was exported here</source>
        <translation>indique uno que se exportó aquí</translation>
    </message>
    <message>
        <source>{path}: holds no keys</source>
        <translation>{path}: no contiene teclas</translation>
    </message>
    <message>
        <source>name a file that was exported here</source>
        <translation>indique un archivo que se exportó aquí</translation>
    </message>
</context>
<context>
    <name>KeypadCommands</name>
    <message>
        <source>the window speaks it from its next start on</source>
        <translation>la ventana lo hablará desde el próximo inicio</translation>
    </message>
    <message>
        <source>no view of this study has a score</source>
        <translation>ninguna proyección de este estudio tiene puntuación</translation>
    </message>
</context>
<context>
    <name>KeysEditor</name>
    <message>
        <source>Change keys</source>
        <translation>Cambiar teclas</translation>
    </message>
    <message>
        <source>Search: a word, or a key by its name</source>
        <translation>Buscar: una palabra o el nombre de una tecla</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Comando</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <source>Find by key</source>
        <translation>Buscar por tecla</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>Tecla nueva</translation>
    </message>
    <message>
        <source>Further key</source>
        <translation>Otra tecla más</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>Por defecto</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importar…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportar…</translation>
    </message>
    <message>
        <source>All to default</source>
        <translation>Todas por defecto</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>cambiada</translation>
    </message>
    <message>
        <source>Take this key away</source>
        <translation>Quitar esta tecla</translation>
    </message>
    <message>
        <source>Press the key for “{}”; Esc leaves it as it is</source>
        <translation>Pulse la tecla para «{}»; Esc lo deja como está</translation>
    </message>
    <message>
        <source>Press a key to see what it does; Esc gives up</source>
        <translation>Pulse una tecla para ver qué hace; Esc lo deja</translation>
    </message>
    <message>
        <source>{} is free</source>
        <translation>{} está libre</translation>
    </message>
    <message>
        <source>Export keys</source>
        <translation>Exportar teclas</translation>
    </message>
    <message>
        <source>Import keys</source>
        <translation>Importar teclas</translation>
    </message>
    <message>
        <source>written to {}</source>
        <translation>escrito en {}</translation>
    </message>
    <message>
        <source>not used: {}</source>
        <translation>no usadas: {}</translation>
    </message>
    <message>
        <source>the keys of the file are in use</source>
        <translation>las teclas del archivo están en uso</translation>
    </message>
</context>
<context>
    <name>KeysSheet</name>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <source>Search: a word, or a key by its name</source>
        <translation>Buscar: una palabra o el nombre de una tecla</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>Cambiar teclas…</translation>
    </message>
</context>
<context>
    <name>LanguageDialog</name>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
    <message>
        <source>As the system: {}</source>
        <translation>Como el sistema: {}</translation>
    </message>
    <message>
        <source>The window speaks it from its next start on. Pictures and files stay English.</source>
        <translation>La ventana lo hablará desde el próximo inicio. Imágenes y archivos siguen en inglés.</translation>
    </message>
</context>
<context>
    <name>LibraryLink</name>
    <message>
        <source>no study library: {error}</source>
        <translation>sin biblioteca de estudios: {error}</translation>
    </message>
    <message>
        <source>there is no study library</source>
        <translation>no hay biblioteca de estudios</translation>
    </message>
    <message>
        <source>the library keeps everything again</source>
        <translation>la biblioteca vuelve a guardarlo todo</translation>
    </message>
</context>
<context>
    <name>LibraryMarks</name>
    <message>
        <source>the study is not in the library: this is kept on the screen only</source>
        <translation>el estudio no está en la biblioteca: esto queda solo en pantalla</translation>
    </message>
    <message>
        <source>marks that this version cannot read: {}; they are kept, and not shown</source>
        <translation>marcas que esta versión no puede leer: {}; se conservan y no se muestran</translation>
    </message>
</context>
<context>
    <name>LibraryPanel</name>
    <message>
        <source>Find</source>
        <translation>Buscar</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Name, ID, accession number, description, date as 2026-01-31</source>
        <translation>Nombre, ID, número de acceso, descripción, fecha como 2026-01-31</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Volver a mirar</translation>
    </message>
    <message>
        <source>Folders…</source>
        <translation>Carpetas…</translation>
    </message>
    <message>
        <source>Folders that the library holds studies of, and which of them are watched</source>
        <translation>Carpetas de las que la biblioteca tiene estudios, y cuáles se vigilan</translation>
    </message>
    <message>
        <source>Look at the watched folders for new studies, at the others for what is gone</source>
        <translation>Buscar estudios nuevos en las carpetas vigiladas y ausencias en las demás</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Todos</translation>
    </message>
    <message>
        <source>Not read</source>
        <translation>No leídos</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Nuevos</translation>
    </message>
    <message>
        <source>In progress</source>
        <translation>En curso</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Leídos</translation>
    </message>
    <message>
        <source>there is no study library</source>
        <translation>no hay biblioteca de estudios</translation>
    </message>
    <message>
        <source>look at the status line at the start</source>
        <translation>mire la línea de estado al iniciar</translation>
    </message>
    <message>
        <source>Return continues where you were</source>
        <translation>Retorno continúa donde estaba</translation>
    </message>
    <message>
        <source>Return opens the list from here on</source>
        <translation>Retorno abre la lista desde aquí</translation>
    </message>
</context>
<context>
    <name>Listing</name>
    <message>
        <source>the files of this study are gone</source>
        <translation>los archivos de este estudio ya no están</translation>
    </message>
    <message>
        <source>the files of this study are gone from {}</source>
        <translation>los archivos de este estudio ya no están en {}</translation>
    </message>
    <message>
        <source>open them where they are now</source>
        <translation>ábralos donde están ahora</translation>
    </message>
    <message>
        <source>open them by themselves</source>
        <translation>ábralos por separado</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>reading</source>
        <translation>leyendo</translation>
    </message>
    <message>
        <source>{} shows them</source>
        <translation>{} las muestra</translation>
    </message>
    <message>
        <source>the images are behind the list</source>
        <translation>las imágenes están detrás de la lista</translation>
    </message>
    <message>
        <source>{}: on</source>
        <translation>{}: sí</translation>
    </message>
    <message>
        <source>{}: off</source>
        <translation>{}: no</translation>
    </message>
    <message>
        <source>a fault in mammoview: {}</source>
        <translation>un fallo en mammoview: {}</translation>
    </message>
    <message>
        <source>there is no image in what was opened (name a folder that holds mammograms)</source>
        <translation>no hay ninguna imagen en lo abierto (indique una carpeta con mamografías)</translation>
    </message>
</context>
<context>
    <name>MarkBook</name>
    <message>
        <source>the marks of this study cannot be read: {error}</source>
        <translation>no se pueden leer las marcas de este estudio: {error}</translation>
    </message>
    <message>
        <source>the mark is on the screen but not stored: {error}</source>
        <translation>la marca está en pantalla pero no guardada: {error}</translation>
    </message>
</context>
<context>
    <name>MarkKind</name>
    <message>
        <source>ruler</source>
        <translation>regla</translation>
    </message>
    <message>
        <source>angle</source>
        <translation>ángulo</translation>
    </message>
    <message>
        <source>ellipse</source>
        <translation>elipse</translation>
    </message>
    <message>
        <source>freehand</source>
        <translation>mano alzada</translation>
    </message>
    <message>
        <source>arrow</source>
        <translation>flecha</translation>
    </message>
    <message>
        <source>text</source>
        <translation>texto</translation>
    </message>
    <message>
        <source>finding</source>
        <translation>hallazgo</translation>
    </message>
    <message>
        <source>nipple</source>
        <translation>pezón</translation>
    </message>
</context>
<context>
    <name>MassDensity</name>
    <message>
        <source>high density</source>
        <translation>alta densidad</translation>
    </message>
    <message>
        <source>equal density</source>
        <translation>isodensa</translation>
    </message>
    <message>
        <source>low density</source>
        <translation>baja densidad</translation>
    </message>
    <message>
        <source>fat-containing</source>
        <translation>con grasa</translation>
    </message>
</context>
<context>
    <name>MassMargin</name>
    <message>
        <source>circumscribed</source>
        <translation>circunscrito</translation>
    </message>
    <message>
        <source>obscured</source>
        <translation>oscurecido</translation>
    </message>
    <message>
        <source>microlobulated</source>
        <translation>microlobulado</translation>
    </message>
    <message>
        <source>indistinct</source>
        <translation>indistinto</translation>
    </message>
    <message>
        <source>spiculated</source>
        <translation>espiculado</translation>
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
        <translation>redonda</translation>
    </message>
    <message>
        <source>irregular</source>
        <translation>irregular</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>Recent studies</source>
        <translation>Estudios recientes</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>ninguno todavía</translation>
    </message>
    <message>
        <source>One to one here</source>
        <translation>Uno a uno aquí</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Ventana</translation>
    </message>
</context>
<context>
    <name>Monitors</name>
    <message>
        <source>there is one monitor only</source>
        <translation>solo hay un monitor</translation>
    </message>
    <message>
        <source>connect a second one</source>
        <translation>conecte otro</translation>
    </message>
</context>
<context>
    <name>Morphology</name>
    <message>
        <source>skin</source>
        <translation>cutáneas</translation>
    </message>
    <message>
        <source>vascular</source>
        <translation>vasculares</translation>
    </message>
    <message>
        <source>coarse or popcorn-like</source>
        <translation>groseras o «en palomitas de maíz»</translation>
    </message>
    <message>
        <source>large rod-like</source>
        <translation>grandes en forma de vara</translation>
    </message>
    <message>
        <source>round</source>
        <translation>redondas</translation>
    </message>
    <message>
        <source>rim</source>
        <translation>en anillo</translation>
    </message>
    <message>
        <source>dystrophic</source>
        <translation>distróficas</translation>
    </message>
    <message>
        <source>milk of calcium</source>
        <translation>leche de calcio</translation>
    </message>
    <message>
        <source>suture</source>
        <translation>sutura</translation>
    </message>
    <message>
        <source>amorphous</source>
        <translation>amorfas</translation>
    </message>
    <message>
        <source>coarse heterogeneous</source>
        <translation>groseras heterogéneas</translation>
    </message>
    <message>
        <source>fine pleomorphic</source>
        <translation>finas pleomórficas</translation>
    </message>
    <message>
        <source>fine linear or fine-linear branching</source>
        <translation>finas lineales o finas lineales ramificadas</translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>not for diagnosis</source>
        <translation>no apto para diagnóstico</translation>
    </message>
</context>
<context>
    <name>ObjectKind</name>
    <message>
        <source>presentation state</source>
        <translation>estado de presentación</translation>
    </message>
    <message>
        <source>CAD report</source>
        <translation>informe CAD</translation>
    </message>
    <message>
        <source>measurements</source>
        <translation>mediciones</translation>
    </message>
    <message>
        <source>report</source>
        <translation>informe</translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation>segmentación</translation>
    </message>
    <message>
        <source>parametric map</source>
        <translation>mapa paramétrico</translation>
    </message>
</context>
<context>
    <name>OverlaidBook</name>
    <message>
        <source>there is no image in this view</source>
        <translation>no hay imagen en esta vista</translation>
    </message>
    <message>
        <source>no presentation state of this image names a part of it</source>
        <translation>ningún estado de presentación de esta imagen indica una parte de ella</translation>
    </message>
</context>
<context>
    <name>OverlaidList</name>
    <message>
        <source>Of other makers</source>
        <translation>De otros fabricantes</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>no se puede leer</translation>
    </message>
    <message>
        <source>hung as all views are: tick it anew to see it as its maker laid it</source>
        <translation>colgada como todas las proyecciones: márquelo de nuevo para verla como la dispuso su fabricante</translation>
    </message>
</context>
<context>
    <name>Pane</name>
    <message>
        <source>no {} in this study</source>
        <translation>no hay {} en este estudio</translation>
    </message>
    <message>
        <source> or </source>
        <translation> o </translation>
    </message>
    <message>
        <source>no {} in the prior study</source>
        <translation>no hay {} en el estudio previo</translation>
    </message>
</context>
<context>
    <name>Phase</name>
    <message>
        <source>writing</source>
        <translation>escribiendo</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>enviando</translation>
    </message>
    <message>
        <source>copying</source>
        <translation>copiando</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>shrunk to {} %, as a picture has at most {} pixels a side</source>
        <translation>reducido al {} %, pues una imagen tiene como máximo {} píxeles por lado</translation>
    </message>
    <message>
        <source>patient identity may be burned into the pixels: {}</source>
        <translation>la identidad de la paciente puede estar grabada en los píxeles: {}</translation>
    </message>
    <message>
        <source>there is no image to export</source>
        <translation>no hay imagen que exportar</translation>
    </message>
    <message>
        <source>open a study first</source>
        <translation>abra primero un estudio</translation>
    </message>
    <message>
        <source>the image is still loading</source>
        <translation>la imagen aún se está cargando</translation>
    </message>
    <message>
        <source>export it when it is there</source>
        <translation>expórtela cuando esté</translation>
    </message>
</context>
<context>
    <name>PlaceLine</name>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>this names no folder</source>
        <translation>esto no nombra ninguna carpeta</translation>
    </message>
    <message>
        <source>choose one</source>
        <translation>elija una</translation>
    </message>
    <message>
        <source>there is no folder {}</source>
        <translation>no hay ninguna carpeta {}</translation>
    </message>
    <message>
        <source>name a folder that exists</source>
        <translation>indique una carpeta que exista</translation>
    </message>
    <message>
        <source>there is no such home folder</source>
        <translation>no hay tal carpeta personal</translation>
    </message>
</context>
<context>
    <name>PredictionService</name>
    <message>
        <source>not run: {}</source>
        <translation>sin ejecutar: {}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>sin ejecutar</translation>
    </message>
    <message>
        <source>running</source>
        <translation>en ejecución</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>en espera</translation>
    </message>
</context>
<context>
    <name>Prevalence</name>
    <message>
        <source>not for this site&apos;s prevalence</source>
        <translation>no para la prevalencia de este centro</translation>
    </message>
    <message>
        <source>for a prevalence of {}</source>
        <translation>para una prevalencia de {}</translation>
    </message>
    <message>
        <source>{} does not tell at which prevalence it was calibrated</source>
        <translation>{} no indica con qué prevalencia se calibró</translation>
    </message>
    <message>
        <source>All scores and operating points: calibrated at {calibrated}, moved to {site}</source>
        <translation>Todas las puntuaciones y los puntos de operación: calibrados con {calibrated}, trasladados a {site}</translation>
    </message>
</context>
<context>
    <name>PrevalenceDialog</name>
    <message>
        <source>Prevalence at this site</source>
        <translation>Prevalencia en este centro</translation>
    </message>
    <message>
        <source>Breasts with cancer among 1,000 examined ones</source>
        <translation>Mamas con cáncer entre 1000 exploradas</translation>
    </message>
    <message>
        <source>as the model is calibrated</source>
        <translation>como está calibrado el modelo</translation>
    </message>
    <message>
        <source> in 1,000</source>
        <translation> de cada 1000</translation>
    </message>
    <message>
        <source>No model is loaded yet, and none can be corrected.</source>
        <translation>Aún no hay ningún modelo cargado que se pueda corregir.</translation>
    </message>
    <message>
        <source>{} does not tell at which prevalence it was calibrated: its scores stay as they are.</source>
        <translation>{} no indica con qué prevalencia se calibró: sus puntuaciones quedan como están.</translation>
    </message>
    <message>
        <source>{model} is calibrated at {share}. Scores and operating points are moved to the site&apos;s prevalence alike (Saerens et al. 2002): no view changes its side. Of women, about twice as many in 1,000 have cancer as of breasts.</source>
        <translation>{model} está calibrado con {share}. Las puntuaciones y los puntos de operación se trasladan por igual a la prevalencia del centro (Saerens et al. 2002): ninguna proyección cambia de lado. De cada 1000 mujeres tienen cáncer aproximadamente el doble que de cada 1000 mamas.</translation>
    </message>
</context>
<context>
    <name>PriorFetching</name>
    <message>
        <source>a prior of this case came from {}</source>
        <translation>llegó un previo de este caso desde {}</translation>
    </message>
    <message>
        <source>a prior came from {}: the list of studies has it</source>
        <translation>llegó un previo desde {}: está en la lista de estudios</translation>
    </message>
    <message>
        <source>no priors from {name}: {error}</source>
        <translation>sin previos de {name}: {error}</translation>
    </message>
</context>
<context>
    <name>Protocol</name>
    <message>
        <source>Four views</source>
        <translation>Cuatro proyecciones</translation>
    </message>
    <message>
        <source>CC pair</source>
        <translation>Par CC</translation>
    </message>
    <message>
        <source>CC pair, implant displaced</source>
        <translation>Par CC, implante desplazado</translation>
    </message>
    <message>
        <source>MLO pair</source>
        <translation>Par MLO</translation>
    </message>
    <message>
        <source>MLO pair, implant displaced</source>
        <translation>Par MLO, implante desplazado</translation>
    </message>
    <message>
        <source>CC pair at 1:1, part by part</source>
        <translation>Par CC a 1:1, parte por parte</translation>
    </message>
    <message>
        <source>CC pair, implant displaced, at 1:1, part by part</source>
        <translation>Par CC, implante desplazado, a 1:1, parte por parte</translation>
    </message>
    <message>
        <source>MLO pair at 1:1, part by part</source>
        <translation>Par MLO a 1:1, parte por parte</translation>
    </message>
    <message>
        <source>MLO pair, implant displaced, at 1:1, part by part</source>
        <translation>Par MLO, implante desplazado, a 1:1, parte por parte</translation>
    </message>
    <message>
        <source>Prior above current</source>
        <translation>Previo sobre actual</translation>
    </message>
    <message>
        <source>CC pair, current and prior in turn</source>
        <translation>Par CC, actual y previo alternados</translation>
    </message>
    <message>
        <source>MLO pair, current and prior in turn</source>
        <translation>Par MLO, actual y previo alternados</translation>
    </message>
    <message>
        <source>Additional views</source>
        <translation>Proyecciones adicionales</translation>
    </message>
    <message>
        <source>Additional views of the prior</source>
        <translation>Proyecciones adicionales del previo</translation>
    </message>
    <message>
        <source>Four views with the heat map as set</source>
        <translation>Cuatro proyecciones con el mapa de calor según ajuste</translation>
    </message>
    <message>
        <source>Current and prior in turn</source>
        <translation>Actual y previo alternados</translation>
    </message>
</context>
<context>
    <name>ReadingMode</name>
    <message>
        <source>after my first look</source>
        <translation>tras mi primera lectura</translation>
    </message>
    <message>
        <source>concurrent</source>
        <translation>simultáneo</translation>
    </message>
    <message>
        <source>off</source>
        <translation>apagado</translation>
    </message>
</context>
<context>
    <name>ReadingRecords</name>
    <message>
        <source>no study is open</source>
        <translation>no hay ningún estudio abierto</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>abra uno primero</translation>
    </message>
    <message>
        <source>the study on the screen is an older one of this case</source>
        <translation>el estudio en pantalla es uno anterior de este caso</translation>
    </message>
    <message>
        <source>go back to the newest, or open this one from the study list</source>
        <translation>vuelva al más reciente o abra este desde la lista de estudios</translation>
    </message>
</context>
<context>
    <name>ReadingRoom</name>
    <message>
        <source>read; no study of the list is left to read</source>
        <translation>leído; no queda ningún estudio por leer en la lista</translation>
    </message>
    <message>
        <source>read; this is the next study</source>
        <translation>leído; este es el estudio siguiente</translation>
    </message>
    <message>
        <source>this study is not read yet</source>
        <translation>este estudio aún no está leído</translation>
    </message>
    <message>
        <source>not read: this study is in progress again</source>
        <translation>sin leer: este estudio vuelve a estar en curso</translation>
    </message>
    <message>
        <source>the assessment was changed in another window: what it says now is shown</source>
        <translation>la valoración se cambió en otra ventana: se muestra lo que dice ahora</translation>
    </message>
    <message>
        <source>the classifier is off</source>
        <translation>el clasificador está apagado</translation>
    </message>
    <message>
        <source>hidden until all views were visited</source>
        <translation>oculto hasta ver todas las proyecciones</translation>
    </message>
    <message>
        <source>classifier: {}</source>
        <translation>clasificador: {}</translation>
    </message>
</context>
<context>
    <name>ReadingState</name>
    <message>
        <source>in progress by {}</source>
        <translation>en curso por {}</translation>
    </message>
    <message>
        <source>read by {}</source>
        <translation>leído por {}</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nuevo</translation>
    </message>
    <message>
        <source>in progress</source>
        <translation>en curso</translation>
    </message>
    <message>
        <source>read</source>
        <translation>leído</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>, patient identity may be burned into the pixels: {views}</source>
        <translation>, la identidad de la paciente puede estar grabada en los píxeles: {views}</translation>
    </message>
    <message>
        <source>mammoview assessment</source>
        <translation>valoración de mammoview</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Valoración</translation>
    </message>
    <message>
        <source>density {}</source>
        <translation>densidad {}</translation>
    </message>
    <message>
        <source>Patient: {}</source>
        <translation>Paciente: {}</translation>
    </message>
    <message>
        <source>Study date: {}</source>
        <translation>Fecha del estudio: {}</translation>
    </message>
    <message>
        <source>Reader: {}</source>
        <translation>Lector: {}</translation>
    </message>
    <message>
        <source>State: {}</source>
        <translation>Estado: {}</translation>
    </message>
    <message>
        <source>Written: {}</source>
        <translation>Escrito: {}</translation>
    </message>
    <message>
        <source>Without picture here: {}</source>
        <translation>Aquí sin imagen: {}</translation>
    </message>
    <message>
        <source>Classifier: {}</source>
        <translation>Clasificador: {}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>sin ejecutar</translation>
    </message>
    <message>
        <source>Classifier {}, {}, {}:</source>
        <translation>Clasificador {}, {}, {}:</translation>
    </message>
    <message>
        <source>Scores are for a prevalence of {site}; the model is calibrated at {calibrated}.</source>
        <translation>Las puntuaciones valen para una prevalencia de {site}; el modelo está calibrado con {calibrated}.</translation>
    </message>
    <message>
        <source>Right breast</source>
        <translation>Mama derecha</translation>
    </message>
    <message>
        <source>Left breast</source>
        <translation>Mama izquierda</translation>
    </message>
    <message>
        <source>finding, not described</source>
        <translation>hallazgo, sin describir</translation>
    </message>
    <message>
        <source>no study is open</source>
        <translation>no hay ningún estudio abierto</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>abra uno primero</translation>
    </message>
    <message>
        <source>{path}: cannot be written: {reason}</source>
        <translation>{path}: no se puede escribir: {reason}</translation>
    </message>
    <message>
        <source>name another place</source>
        <translation>indique otro lugar</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Export assessment</source>
        <translation>Exportar la valoración</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>Con identidad de la paciente</translation>
    </message>
    <message>
        <source>JSON with every version, and a PDF with the views beside it. Both name the reader.</source>
        <translation>JSON con todas las versiones y, al lado, un PDF con las proyecciones. Ambos nombran al lector.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
</context>
<context>
    <name>RetrieveDialog</name>
    <message>
        <source>Retrieve from an archive</source>
        <translation>Recuperar de un PACS</translation>
    </message>
    <message>
        <source>Archives…</source>
        <translation>Archivos PACS…</translation>
    </message>
    <message>
        <source>family^given, or the beginning of it</source>
        <translation>apellido^nombre, o su comienzo</translation>
    </message>
    <message>
        <source>YYYY-MM-DD</source>
        <translation>AAAA-MM-DD</translation>
    </message>
    <message>
        <source>Mammography only</source>
        <translation>Solo mamografía</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Buscar</translation>
    </message>
    <message>
        <source>Retrieve and open</source>
        <translation>Recuperar y abrir</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>ID de paciente</translation>
    </message>
    <message>
        <source>Study date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Descripción</translation>
    </message>
    <message>
        <source>Accession number</source>
        <translation>N.º de acceso</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Lo encontrado</translation>
    </message>
    <message>
        <source>&amp;Archive</source>
        <translation>&amp;Archivo PACS</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Nombre</translation>
    </message>
    <message>
        <source>Patient &amp;ID</source>
        <translation>&amp;ID de paciente</translation>
    </message>
    <message>
        <source>Acce&amp;ssion number</source>
        <translation>N.º de acce&amp;so</translation>
    </message>
    <message>
        <source>Studies f&amp;rom</source>
        <translation>Estudios &amp;desde</translation>
    </message>
    <message>
        <source>&amp;to</source>
        <translation>&amp;hasta</translation>
    </message>
    <message>
        <source>no archive is known: add one first</source>
        <translation>no se conoce ningún archivo PACS: añada uno primero</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>{} is no date</source>
        <translation>{} no es una fecha</translation>
    </message>
    <message>
        <source>write it as YYYY-MM-DD</source>
        <translation>escríbala como AAAA-MM-DD</translation>
    </message>
    <message>
        <source>asking {}</source>
        <translation>preguntando a {}</translation>
    </message>
    <message>
        <source>{}, there may be more: ask more closely</source>
        <translation>{}, puede haber más: precise la búsqueda</translation>
    </message>
    <message>
        <source>retrieving from {}</source>
        <translation>recuperando de {}</translation>
    </message>
    <message>
        <source>{done} of {total} images</source>
        <translation>{done} de {total} imágenes</translation>
    </message>
    <message>
        <source>{here} of {total} images are here, and stay</source>
        <translation>{here} de {total} imágenes están aquí y se quedan</translation>
    </message>
    <message>
        <source>the others did not come</source>
        <translation>las demás no llegaron</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>cancelado</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>cancelando</translation>
    </message>
</context>
<context>
    <name>ScoreRow</name>
    <message>
        <source>above</source>
        <translation>por encima</translation>
    </message>
    <message>
        <source>below</source>
        <translation>por debajo</translation>
    </message>
</context>
<context>
    <name>SecondWindow</name>
    <message>
        <source>mammoview, second monitor</source>
        <translation>mammoview, segundo monitor</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>the settings in {} cannot be read: starting with the defaults</source>
        <translation>no se pueden leer los ajustes de {}: se inicia con los valores por defecto</translation>
    </message>
    <message>
        <source>the settings cannot be written to {}</source>
        <translation>no se pueden escribir los ajustes en {}</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Assessment</source>
        <translation>Valoración</translation>
    </message>
    <message>
        <source>Classifier</source>
        <translation>Clasificador</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Mapa de calor</translation>
    </message>
    <message>
        <source>Shown</source>
        <translation>Visible</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Opacidad</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>Umbral</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Colores</translation>
    </message>
    <message>
        <source>Grey levels</source>
        <translation>Niveles de gris</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Restablecer</translation>
    </message>
    <message>
        <source>Free text of the case</source>
        <translation>Texto libre del caso</translation>
    </message>
    <message>
        <source>no model loaded</source>
        <translation>ningún modelo cargado</translation>
    </message>
    <message>
        <source>shown: {}</source>
        <translation>se muestra: {}</translation>
    </message>
    <message>
        <source>study</source>
        <translation>estudio</translation>
    </message>
    <message>
        <source>right</source>
        <translation>derecha</translation>
    </message>
    <message>
        <source>no right views</source>
        <translation>sin vistas derechas</translation>
    </message>
    <message>
        <source>left</source>
        <translation>izquierda</translation>
    </message>
    <message>
        <source>Go to the highest score of this breast</source>
        <translation>Ir a la puntuación más alta de esta mama</translation>
    </message>
    <message>
        <source>operating point {}</source>
        <translation>punto de operación {}</translation>
    </message>
    <message>
        <source>no left views</source>
        <translation>sin vistas izquierdas</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>en espera</translation>
    </message>
    <message>
        <source>not run: a view cannot be read</source>
        <translation>sin ejecutar: una vista no se puede leer</translation>
    </message>
    <message>
        <source>not run: no view that may be judged</source>
        <translation>sin ejecutar: ninguna proyección evaluable</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>sin ejecutar</translation>
    </message>
    <message>
        <source>off</source>
        <translation>apagado</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>oculto</translation>
    </message>
    <message>
        <source>not run: {}</source>
        <translation>sin ejecutar: {}</translation>
    </message>
    <message>
        <source>refused: {}</source>
        <translation>rechazada: {}</translation>
    </message>
    <message>
        <source>Show this view where the response is strongest</source>
        <translation>Mostrar esta proyección donde la respuesta es mayor</translation>
    </message>
    <message>
        <source>own  {}</source>
        <translation>propia  {}</translation>
    </message>
    <message>
        <source>not started</source>
        <translation>sin iniciar</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>iniciando</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>listo</translation>
    </message>
    <message>
        <source>scoring</source>
        <translation>puntuando</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>falló</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Files that were refused, with cause and cure</source>
        <translation>Archivos rechazados, con causa y remedio</translation>
    </message>
    <message>
        <source>model {title}: {state}</source>
        <translation>modelo {title}: {state}</translation>
    </message>
    <message>
        <source>model: {state}</source>
        <translation>modelo: {state}</translation>
    </message>
    <message>
        <source>prefetched {}</source>
        <translation>precargadas {}</translation>
    </message>
</context>
<context>
    <name>StepKeys</name>
    <message>
        <source>is not the name of one key</source>
        <translation>no es el nombre de una tecla</translation>
    </message>
    <message>
        <source>belongs to “{}”</source>
        <translation>pertenece a «{}»</translation>
    </message>
    <message>
        <source>moves the picture while it is held</source>
        <translation>mueve la imagen mientras se mantiene pulsada</translation>
    </message>
    <message>
        <source>belongs to the step “{}”</source>
        <translation>pertenece al paso «{}»</translation>
    </message>
    <message>
        <source>hanging protocol “{}”, step “{}”: the key {} {} (give it another key)</source>
        <translation>protocolo de visualización «{}», paso «{}»: la tecla {} {} (asígnele otra tecla)</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>no hanging protocol is for this study</source>
        <translation>no hay protocolo de visualización para este estudio</translation>
    </message>
    <message>
        <source>this was the last step of the last study</source>
        <translation>este era el último paso del último estudio</translation>
    </message>
    <message>
        <source>this is the first step of the study</source>
        <translation>este es el primer paso del estudio</translation>
    </message>
    <message>
        <source>this study has no such step</source>
        <translation>este estudio no tiene ese paso</translation>
    </message>
    <message>
        <source>there is no prior study to compare with</source>
        <translation>no hay estudio previo con que comparar</translation>
    </message>
    <message>
        <source>no step of this study is gone through part by part</source>
        <translation>ningún paso de este estudio se recorre parte por parte</translation>
    </message>
    <message>
        <source>there is no prior study with these views</source>
        <translation>no hay estudio previo con estas proyecciones</translation>
    </message>
    <message>
        <source>there are no further images in this study</source>
        <translation>no hay más imágenes en este estudio</translation>
    </message>
</context>
<context>
    <name>StudyPanel</name>
    <message>
        <source>Studies</source>
        <translation>Estudios</translation>
    </message>
    <message>
        <source>Other images  {}</source>
        <translation>Otras imágenes  {}</translation>
    </message>
    <message>
        <source>prior {}</source>
        <translation>previo {}</translation>
    </message>
    <message>
        <source>prior  {}</source>
        <translation>previo  {}</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>sin fecha</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>imagen</translation>
    </message>
</context>
<context>
    <name>StudyTable</name>
    <message>
        <source>Date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>ID</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Descripción</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Puntuación</translation>
    </message>
    <message>
        <source>Priors</source>
        <translation>Previos</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Valoración</translation>
    </message>
    <message>
        <source>The score of another model than the one that is loaded, or of another version of mammoview</source>
        <translation>La puntuación de un modelo distinto del cargado, o de otra versión de mammoview</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>sin fecha</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>sin nombre</translation>
    </message>
    <message>
        <source>the files are gone</source>
        <translation>los archivos ya no están</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>sin ejecutar</translation>
    </message>
    <message>
        <source>off</source>
        <translation>apagado</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>oculto</translation>
    </message>
</context>
<context>
    <name>ToolBench</name>
    <message>
        <source>Describe the finding…</source>
        <translation>Describir el hallazgo…</translation>
    </message>
    <message>
        <source>Change the text…</source>
        <translation>Cambiar el texto…</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Texto</translation>
    </message>
    <message>
        <source>One line, at most {} letters</source>
        <translation>Una línea, como máximo {} caracteres</translation>
    </message>
</context>
<context>
    <name>ToolCommands</name>
    <message>
        <source>the screen is calibrated</source>
        <translation>la pantalla está calibrada</translation>
    </message>
    <message>
        <source>the screen is calibrated; {} shows true size</source>
        <translation>la pantalla está calibrada; {} muestra el tamaño real</translation>
    </message>
    <message>
        <source>calibrate the screen</source>
        <translation>calibre la pantalla</translation>
    </message>
    <message>
        <source>the size of this screen&apos;s pixels is not known</source>
        <translation>no se conoce el tamaño de los píxeles de esta pantalla</translation>
    </message>
    <message>
        <source>there is no image to show in true size</source>
        <translation>no hay imagen que mostrar a tamaño real</translation>
    </message>
    <message>
        <source>this view has no pixel spacing, so its true size is not known</source>
        <translation>esta proyección no tiene espaciado de píxel, así que no se conoce su tamaño real</translation>
    </message>
    <message>
        <source>true size is beyond the range of the zoom</source>
        <translation>el tamaño real queda fuera del alcance del zoom</translation>
    </message>
    <message>
        <source>true size, {}</source>
        <translation>tamaño real, {}</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>ruler: from end to end</source>
        <translation>regla: de extremo a extremo</translation>
    </message>
    <message>
        <source>angle: an end, the vertex, the other end</source>
        <translation>ángulo: un extremo, el vértice, el otro extremo</translation>
    </message>
    <message>
        <source>ellipse: from corner to corner of its box</source>
        <translation>elipse: de esquina a esquina de su recuadro</translation>
    </message>
    <message>
        <source>region: draw around it</source>
        <translation>región: dibuje su contorno</translation>
    </message>
    <message>
        <source>arrow: from its tail to what it points at</source>
        <translation>flecha: desde la cola hasta lo que señala</translation>
    </message>
    <message>
        <source>text: click where it is to stand</source>
        <translation>texto: haga clic donde deba ir</translation>
    </message>
    <message>
        <source>finding: click on it, or draw around it</source>
        <translation>hallazgo: haga clic o dibuje su contorno</translation>
    </message>
    <message>
        <source>nipple: click on it</source>
        <translation>pezón: haga clic en él</translation>
    </message>
    <message>
        <source>{}; Shift keeps the tool, Esc gives it up</source>
        <translation>{}; Mayús conserva la herramienta, Esc la deja</translation>
    </message>
    <message>
        <source>no mark is selected</source>
        <translation>no hay ninguna marca seleccionada</translation>
    </message>
    <message>
        <source>click on one</source>
        <translation>haga clic en una</translation>
    </message>
    <message>
        <source>there is nothing to take back</source>
        <translation>no hay nada que deshacer</translation>
    </message>
    <message>
        <source>there is nothing to do again</source>
        <translation>no hay nada que rehacer</translation>
    </message>
    <message>
        <source>the {kind} has no extent and was not kept</source>
        <translation>{kind}: sin extensión, no se conserva</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>4-up</source>
        <translation>4</translation>
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
        <translation>Una</translation>
    </message>
    <message>
        <source>Prior</source>
        <translation>Previo</translation>
    </message>
    <message>
        <source>1:1</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Ajustar</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Vincular</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>Textos</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Mapa de calor</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menú</translation>
    </message>
    <message>
        <source>Tool: {name}</source>
        <translation>Herramienta: {name}</translation>
    </message>
    <message>
        <source>no study</source>
        <translation>ningún estudio</translation>
    </message>
    <message>
        <source>{} of {}</source>
        <translation>{} de {}</translation>
    </message>
    <message>
        <source>pictures</source>
        <translation>imágenes</translation>
    </message>
    <message>
        <source>prior</source>
        <translation>previo</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Four views at one scale</source>
        <translation>Cuatro proyecciones a una escala</translation>
    </message>
    <message>
        <source>Right views hang at the left and chest walls meet in the middle. {single} or a double click shows the active view alone, {four} all four.</source>
        <translation>Las proyecciones derechas cuelgan a la izquierda y las paredes torácicas se unen en el centro. {single} o un doble clic muestra sola la proyección activa, {four} las cuatro.</translation>
    </message>
    <message>
        <source>Window and level</source>
        <translation>Ventana y nivel</translation>
    </message>
    <message>
        <source>Drag in an image: to the right the window gets wider, downwards darker. The wheel zooms, the middle button pans, {reset} takes all of it back.</source>
        <translation>Arrastre en una imagen: a la derecha la ventana se ensancha, hacia abajo oscurece. La rueda hace zoom, el botón central desplaza, {reset} lo restablece todo.</translation>
    </message>
    <message>
        <source>Step by step</source>
        <translation>Paso a paso</translation>
    </message>
    <message>
        <source>{next-step} takes the next step of the hanging protocol. {cc-step} and {mlo-step} go to the CC and the MLO pair, {compare} shows current against prior.</source>
        <translation>{next-step} da el paso siguiente del protocolo de visualización. {cc-step} y {mlo-step} van al par CC y al par MLO, {compare} muestra actual frente a previo.</translation>
    </message>
    <message>
        <source>Marks</source>
        <translation>Marcas</translation>
    </message>
    <message>
        <source>{ruler} measures, {ellipse} tells the greys of a region, {finding} marks a finding and asks for its terms. {undo} takes back. The button above has all tools.</source>
        <translation>{ruler} mide, {ellipse} da los grises de una región, {finding} marca un hallazgo y pide sus términos. {undo} deshace. El botón de arriba tiene todas las herramientas.</translation>
    </message>
    <message>
        <source>The classifier</source>
        <translation>El clasificador</translation>
    </message>
    <message>
        <source>It runs on this computer; {heat} lays its heat map over the views. It keeps silent until you have looked at every view or ask with {reveal}, but not on the demonstration study. {reading-mode} changes that.</source>
        <translation>Funciona en este ordenador; {heat} pone su mapa de calor sobre las vistas. Calla hasta que haya mirado todas las vistas o pregunte con {reveal}, salvo en el estudio de demostración. {reading-mode} lo cambia.</translation>
    </message>
    <message>
        <source>Your assessment</source>
        <translation>Su valoración</translation>
    </message>
    <message>
        <source>{birads-1} and its neighbours give the active breast its BI-RADS category, {density-b} its density. {finish} finishes the case. All is kept at once.</source>
        <translation>{birads-1} y sus vecinas dan a la mama activa su categoría BI-RADS, {density-b} su densidad. {finish} finaliza el caso. Todo se guarda al instante.</translation>
    </message>
    <message>
        <source>The library</source>
        <translation>La biblioteca</translation>
    </message>
    <message>
        <source>{library} shows every study that was ever opened, with how far it is read, and takes you back. {find} searches in it.</source>
        <translation>{library} muestra todos los estudios que se han abierto, con su estado de lectura, y vuelve. {find} busca en ella.</translation>
    </message>
    <message>
        <source>All keys</source>
        <translation>Todas las teclas</translation>
    </message>
    <message>
        <source>{keys} shows every command with its key. {tour} begins this tour again.</source>
        <translation>{keys} muestra cada comando con su tecla. {tour} vuelve a empezar este recorrido.</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Siguiente</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Fin</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} de {count}</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Listo</translation>
    </message>
</context>
<context>
    <name>UnkeptButton</name>
    <message>
        <source>What the library could not keep is tried again every few seconds. Click to try it now.</source>
        <translation>Lo que la biblioteca no pudo guardar se reintenta cada pocos segundos. Haga clic para intentarlo ahora.</translation>
    </message>
</context>
<context>
    <name>Unshown</name>
    <message>
        <source>a mask subtraction is not shown</source>
        <translation>no se muestra una sustracción de máscara</translation>
    </message>
    <message>
        <source>Image Rotation is no quarter turn: left out</source>
        <translation>Image Rotation no es un cuarto de vuelta: omitida</translation>
    </message>
    <message>
        <source>a displayed area cannot be read or lies outside: the whole image is meant</source>
        <translation>un área de presentación no se puede leer o está fuera: se entiende la imagen entera</translation>
    </message>
    <message>
        <source>true size is not kept: its part fills the view</source>
        <translation>no se mantiene el tamaño real: su parte llena la vista</translation>
    </message>
    <message>
        <source>Presentation LUT Shape is unknown: left out</source>
        <translation>Presentation LUT Shape es desconocida: omitida</translation>
    </message>
    <message>
        <source>its presentation LUT cannot be read: left out</source>
        <translation>su Presentation LUT no se puede leer: omitida</translation>
    </message>
    <message>
        <source>its window cannot be read: left out</source>
        <translation>su ventana no se puede leer: omitida</translation>
    </message>
    <message>
        <source>its modality LUT is not the image&apos;s, and its window cannot be said without it: both are left out</source>
        <translation>su Modality LUT no es la de la imagen y sin ella su ventana no se puede expresar: ambas omitidas</translation>
    </message>
    <message>
        <source>its window and LUTs would show nothing of the image: left out</source>
        <translation>su ventana y sus LUT no mostrarían nada de la imagen: omitidas</translation>
    </message>
    <message>
        <source>a shutter cannot be read: left out</source>
        <translation>un obturador no se puede leer: omitido</translation>
    </message>
    <message>
        <source>its shutters would hide the whole image: left out</source>
        <translation>sus obturadores ocultarían toda la imagen: omitidos</translation>
    </message>
    <message>
        <source>an overlay plane that it does not activate is not shown</source>
        <translation>no se muestra un plano de superposición que no activa</translation>
    </message>
    <message>
        <source>an overlay plane cannot be read: left out</source>
        <translation>un plano de superposición no se puede leer: omitido</translation>
    </message>
    <message>
        <source>a compound graphic is of a kind or has points that are not understood: not shown</source>
        <translation>un gráfico compuesto es de un tipo o tiene puntos que no se entienden: no se muestra</translation>
    </message>
    <message>
        <source>places in three dimensions are not shown: a mammogram has no position in the patient</source>
        <translation>no se muestran lugares en tres dimensiones: una mamografía no tiene posición en la paciente</translation>
    </message>
</context>
<context>
    <name>ViewGrid</name>
    <message>
        <source>{view}  loading</source>
        <translation>{view}  cargando</translation>
    </message>
</context>
<context>
    <name>Walk</name>
    <message>
        <source>{} of {}: {}</source>
        <translation>{} de {}: {}</translation>
    </message>
    <message>
        <source>part {} of {}</source>
        <translation>parte {} de {}</translation>
    </message>
    <message>
        <source>prior shown</source>
        <translation>se muestra el previo</translation>
    </message>
    <message>
        <source>current shown</source>
        <translation>se muestra el actual</translation>
    </message>
    <message>
        <source>true size</source>
        <translation>tamaño real</translation>
    </message>
    <message>
        <source>1:1, as the screen is not calibrated or the pixel spacing not known</source>
        <translation>1:1, pues la pantalla no está calibrada o no se conoce el espaciado de píxel</translation>
    </message>
</context>
<context>
    <name>WorkDialog</name>
    <message>
        <source>{phase} {done} of {total}</source>
        <translation>{phase} {done} de {total}</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>cancelado</translation>
    </message>
    <message>
        <source>Refused:</source>
        <translation>Rechazado:</translation>
    </message>
</context>
<context>
    <name>_Sheet</name>
    <message>
        <source>Steps of the hanging protocol</source>
        <translation>Pasos del protocolo de visualización</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>Ratón</translation>
    </message>
</context>
<context>
    <name>_Terms</name>
    <message>
        <source>not described</source>
        <translation>sin describir</translation>
    </message>
</context>
</TS>
