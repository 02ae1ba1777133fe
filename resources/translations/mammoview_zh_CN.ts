<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About mammoview</source>
        <translation>关于 mammoview</translation>
    </message>
    <message>
        <source>Research and teaching software, not a medical device and not for diagnosis: nothing that it says may be used to treat, recall or reassure anybody.</source>
        <translation>科研与教学软件，非医疗器械，不用于诊断：其任何输出均不得用于治疗、召回或安抚任何人。</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>复制为文本</translation>
    </message>
    <message>
        <source>For a report: versions, checksum and places, nothing of patients</source>
        <translation>用于报告问题：版本、校验和与位置，不含患者信息</translation>
    </message>
    <message>
        <source>Model {title}</source>
        <translation>模型 {title}</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>未加载模型</translation>
    </message>
    <message>
        <source>SHA-256 {sum}</source>
        <translation>SHA-256 {sum}</translation>
    </message>
    <message>
        <source>Intended use: {use}</source>
        <translation>预期用途：{use}</translation>
    </message>
    <message>
        <source>Where and how it was trained, by its card:</source>
        <translation>训练来源与方法（据模型卡）：</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>模型卡</translation>
    </message>
    <message>
        <source>mammoview: MIT. Typeface Inter: SIL Open Font License 1.1.</source>
        <translation>mammoview：MIT。字体 Inter：SIL Open Font License 1.1。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>检查库</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>故障记录</translation>
    </message>
    <message>
        <source>none in use</source>
        <translation>未使用</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>Action</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>阅片</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Grey levels</source>
        <translation>灰阶</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Tomosynthesis</source>
        <translation>断层合成</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Open files</source>
        <translation>打开文件</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open demonstration study</source>
        <translation>打开演示检查</translation>
    </message>
    <message>
        <source>Retrieve from an archive…</source>
        <translation>从影像归档调取…</translation>
    </message>
    <message>
        <source>Archives…</source>
        <translation>影像归档…</translation>
    </message>
    <message>
        <source>Cancel what is loading</source>
        <translation>取消加载</translation>
    </message>
    <message>
        <source>Export this view</source>
        <translation>导出此图像</translation>
    </message>
    <message>
        <source>Export all views</source>
        <translation>导出全部图像</translation>
    </message>
    <message>
        <source>Copy this view as seen</source>
        <translation>按所见复制此图像</translation>
    </message>
    <message>
        <source>Copy all views as seen</source>
        <translation>按所见复制全部图像</translation>
    </message>
    <message>
        <source>Write as DICOM…</source>
        <translation>写为 DICOM…</translation>
    </message>
    <message>
        <source>De-identified copy…</source>
        <translation>去标识副本…</translation>
    </message>
    <message>
        <source>Files that were refused</source>
        <translation>被拒绝的文件</translation>
    </message>
    <message>
        <source>Memory limit…</source>
        <translation>内存上限…</translation>
    </message>
    <message>
        <source>Close all studies</source>
        <translation>关闭全部检查</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Next study</source>
        <translation>下一检查</translation>
    </message>
    <message>
        <source>Previous study</source>
        <translation>上一检查</translation>
    </message>
    <message>
        <source>Current and prior in turn</source>
        <translation>当前与既往交替</translation>
    </message>
    <message>
        <source>Next view</source>
        <translation>下一图像</translation>
    </message>
    <message>
        <source>Previous view</source>
        <translation>上一图像</translation>
    </message>
    <message>
        <source>Four views</source>
        <translation>四幅图像</translation>
    </message>
    <message>
        <source>CC pair</source>
        <translation>CC 双侧</translation>
    </message>
    <message>
        <source>MLO pair</source>
        <translation>MLO 双侧</translation>
    </message>
    <message>
        <source>This view alone</source>
        <translation>仅此图像</translation>
    </message>
    <message>
        <source>Layouts in turn</source>
        <translation>依次切换布局</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>One to one</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适合窗口</translation>
    </message>
    <message>
        <source>Look up</source>
        <translation>向上</translation>
    </message>
    <message>
        <source>Look down</source>
        <translation>向下</translation>
    </message>
    <message>
        <source>Look left</source>
        <translation>向左</translation>
    </message>
    <message>
        <source>Look right</source>
        <translation>向右</translation>
    </message>
    <message>
        <source>Zoom, pan and frames linked</source>
        <translation>缩放、平移与层面联动</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>All texts</source>
        <translation>全部文字</translation>
    </message>
    <message>
        <source>Overlays of the file</source>
        <translation>文件叠加层</translation>
    </message>
    <message>
        <source>Marks and maps of other makers</source>
        <translation>其他厂商的标记和图</translation>
    </message>
    <message>
        <source>Marks and maps of other makers, one by one</source>
        <translation>其他厂商的标记和图，逐个选择</translation>
    </message>
    <message>
        <source>Part that the presentation state shows</source>
        <translation>显示状态所示的部分</translation>
    </message>
    <message>
        <source>CAD of other makers: next operating point</source>
        <translation>其他厂商的 CAD：下一个工作点</translation>
    </message>
    <message>
        <source>Study list</source>
        <translation>检查列表</translation>
    </message>
    <message>
        <source>Side panel</source>
        <translation>侧栏</translation>
    </message>
    <message>
        <source>Full screen, images only</source>
        <translation>全屏，仅图像</translation>
    </message>
    <message>
        <source>Second monitor</source>
        <translation>第二显示器</translation>
    </message>
    <message>
        <source>Next window</source>
        <translation>下一窗设置</translation>
    </message>
    <message>
        <source>Previous window</source>
        <translation>上一窗设置</translation>
    </message>
    <message>
        <source>Wider window</source>
        <translation>增大窗宽</translation>
    </message>
    <message>
        <source>Narrower window</source>
        <translation>减小窗宽</translation>
    </message>
    <message>
        <source>Brighter</source>
        <translation>更亮</translation>
    </message>
    <message>
        <source>Darker</source>
        <translation>更暗</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>反相</translation>
    </message>
    <message>
        <source>Air black when inverted</source>
        <translation>反相时空气保持黑色</translation>
    </message>
    <message>
        <source>Reset position and window</source>
        <translation>重置位置与窗位</translation>
    </message>
    <message>
        <source>Grey levels of this view</source>
        <translation>此图像的灰阶</translation>
    </message>
    <message>
        <source>Hold the heat map off</source>
        <translation>按住时隐藏热图</translation>
    </message>
    <message>
        <source>More opaque</source>
        <translation>增加不透明度</translation>
    </message>
    <message>
        <source>Less opaque</source>
        <translation>降低不透明度</translation>
    </message>
    <message>
        <source>Raise threshold</source>
        <translation>提高阈值</translation>
    </message>
    <message>
        <source>Lower threshold</source>
        <translation>降低阈值</translation>
    </message>
    <message>
        <source>Next colour map</source>
        <translation>下一色图</translation>
    </message>
    <message>
        <source>Show below operating point</source>
        <translation>低于工作点也显示</translation>
    </message>
    <message>
        <source>Start the classifier again</source>
        <translation>重启分类器</translation>
    </message>
    <message>
        <source>Next frame</source>
        <translation>下一层</translation>
    </message>
    <message>
        <source>Previous frame</source>
        <translation>上一层</translation>
    </message>
    <message>
        <source>A tenth of the frames on</source>
        <translation>前进十分之一层数</translation>
    </message>
    <message>
        <source>A tenth of the frames back</source>
        <translation>后退十分之一层数</translation>
    </message>
    <message>
        <source>First frame</source>
        <translation>首层</translation>
    </message>
    <message>
        <source>Last frame</source>
        <translation>末层</translation>
    </message>
    <message>
        <source>Cine</source>
        <translation>电影播放</translation>
    </message>
    <message>
        <source>Cine faster</source>
        <translation>加快播放</translation>
    </message>
    <message>
        <source>Cine slower</source>
        <translation>减慢播放</translation>
    </message>
    <message>
        <source>Slab: 1, 3, 5, 9, all frames</source>
        <translation>厚层：1、3、5、9、全部层</translation>
    </message>
    <message>
        <source>Slab: maximum or average</source>
        <translation>厚层：最大值或平均值</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>更改快捷键…</translation>
    </message>
    <message>
        <source>Language…</source>
        <translation>语言…</translation>
    </message>
    <message>
        <source>Tour</source>
        <translation>导览</translation>
    </message>
    <message>
        <source>About mammoview</source>
        <translation>关于 mammoview</translation>
    </message>
    <message>
        <source>Next step</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Previous step</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>Next part at 1:1</source>
        <translation>1:1 下一部分</translation>
    </message>
    <message>
        <source>Previous part at 1:1</source>
        <translation>1:1 上一部分</translation>
    </message>
    <message>
        <source>Next of the other images, in this view</source>
        <translation>在此处显示下一幅其他图像</translation>
    </message>
    <message>
        <source>Step: CC pair</source>
        <translation>步骤：CC 双侧</translation>
    </message>
    <message>
        <source>Step: MLO pair</source>
        <translation>步骤：MLO 双侧</translation>
    </message>
    <message>
        <source>Current against prior</source>
        <translation>当前与既往对比</translation>
    </message>
    <message>
        <source>Current and prior in place, in turn</source>
        <translation>当前与既往同位交替</translation>
    </message>
    <message>
        <source>Pointer</source>
        <translation>指针</translation>
    </message>
    <message>
        <source>Ruler</source>
        <translation>标尺</translation>
    </message>
    <message>
        <source>Angle</source>
        <translation>角度</translation>
    </message>
    <message>
        <source>Ellipse: mean, SD, area</source>
        <translation>椭圆：均值、标准差、面积</translation>
    </message>
    <message>
        <source>Freehand region: mean, SD, area</source>
        <translation>手绘区域：均值、标准差、面积</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>征象</translation>
    </message>
    <message>
        <source>Arrow</source>
        <translation>箭头</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Nipple</source>
        <translation>乳头</translation>
    </message>
    <message>
        <source>Delete the selected mark</source>
        <translation>删除所选标记</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Do again</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Marks</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>Magnifier</source>
        <translation>放大镜</translation>
    </message>
    <message>
        <source>True size</source>
        <translation>真实尺寸</translation>
    </message>
    <message>
        <source>Calibrate the screen…</source>
        <translation>校准屏幕…</translation>
    </message>
    <message>
        <source>Studies of the library</source>
        <translation>检查库列表</translation>
    </message>
    <message>
        <source>Find in the library</source>
        <translation>在检查库中查找</translation>
    </message>
    <message>
        <source>Library by date, name, state, score in turn</source>
        <translation>检查库依次按日期、姓名、状态、评分排序</translation>
    </message>
    <message>
        <source>Library: all, not read, in progress, read</source>
        <translation>检查库：全部、未读、进行中、已读</translation>
    </message>
    <message>
        <source>Folders of the library…</source>
        <translation>检查库的文件夹…</translation>
    </message>
    <message>
        <source>Look for new studies</source>
        <translation>查找新检查</translation>
    </message>
    <message>
        <source>Finish and go to the next unread</source>
        <translation>完成并转到下一未读</translation>
    </message>
    <message>
        <source>Not read yet</source>
        <translation>未读</translation>
    </message>
    <message>
        <source>Show the classifier now</source>
        <translation>立即显示分类器结果</translation>
    </message>
    <message>
        <source>Classifier: after my first look, concurrent, off</source>
        <translation>分类器：初读后、同步、关闭</translation>
    </message>
    <message>
        <source>Score the list ahead</source>
        <translation>预先为列表评分</translation>
    </message>
    <message>
        <source>Next operating point</source>
        <translation>下一个工作点</translation>
    </message>
    <message>
        <source>Prevalence at this site…</source>
        <translation>本机构的患病率…</translation>
    </message>
    <message>
        <source>Free text</source>
        <translation>自由文本</translation>
    </message>
    <message>
        <source>Export assessment</source>
        <translation>导出评估</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 0, incomplete</source>
        <translation>此侧乳腺：BI-RADS 0，评估不完全</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 1, negative</source>
        <translation>此侧乳腺：BI-RADS 1，阴性</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 2, benign</source>
        <translation>此侧乳腺：BI-RADS 2，良性</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 3, probably benign</source>
        <translation>此侧乳腺：BI-RADS 3，可能良性</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 4, suspicious</source>
        <translation>此侧乳腺：BI-RADS 4，可疑</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 5, highly suggestive of malignancy</source>
        <translation>此侧乳腺：BI-RADS 5，高度提示恶性</translation>
    </message>
    <message>
        <source>This breast: BI-RADS 6, known malignancy</source>
        <translation>此侧乳腺：BI-RADS 6，已知恶性</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 0</source>
        <translation>双侧乳腺：BI-RADS 0</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 1</source>
        <translation>双侧乳腺：BI-RADS 1</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 2</source>
        <translation>双侧乳腺：BI-RADS 2</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 3</source>
        <translation>双侧乳腺：BI-RADS 3</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 4</source>
        <translation>双侧乳腺：BI-RADS 4</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 5</source>
        <translation>双侧乳腺：BI-RADS 5</translation>
    </message>
    <message>
        <source>Both breasts: BI-RADS 6</source>
        <translation>双侧乳腺：BI-RADS 6</translation>
    </message>
    <message>
        <source>This breast: density A, almost entirely fatty</source>
        <translation>此侧乳腺：密度 A，脂肪型</translation>
    </message>
    <message>
        <source>This breast: density B, scattered fibroglandular density</source>
        <translation>此侧乳腺：密度 B，散在纤维腺体型</translation>
    </message>
    <message>
        <source>This breast: density C, heterogeneously dense</source>
        <translation>此侧乳腺：密度 C，不均匀致密型</translation>
    </message>
    <message>
        <source>This breast: density D, extremely dense</source>
        <translation>此侧乳腺：密度 D，极度致密型</translation>
    </message>
    <message>
        <source>Both breasts: density A to D in turn</source>
        <translation>双侧乳腺：密度 A 至 D 依次</translation>
    </message>
    <message>
        <source>Go to the highest score</source>
        <translation>转到最高评分处</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>拖动</translation>
    </message>
    <message>
        <source>Window: right wider, down darker</source>
        <translation>窗位：向右加宽，向下变暗</translation>
    </message>
    <message>
        <source>Shift + drag</source>
        <translation>Shift + 拖动</translation>
    </message>
    <message>
        <source>Window of all views</source>
        <translation>全部图像的窗位</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>Zoom at the cursor; through the frames of tomosynthesis</source>
        <translation>在光标处缩放；断层合成时翻层</translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation>Ctrl + 滚轮</translation>
    </message>
    <message>
        <source>Zoom at the cursor</source>
        <translation>在光标处缩放</translation>
    </message>
    <message>
        <source>Middle drag, Space + drag</source>
        <translation>中键拖动，空格 + 拖动</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>平移</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>双击</translation>
    </message>
    <message>
        <source>This view alone, and back</source>
        <translation>仅此图像，再次返回</translation>
    </message>
    <message>
        <source>Right click</source>
        <translation>右键单击</translation>
    </message>
    <message>
        <source>Commands for this place</source>
        <translation>此处的命令</translation>
    </message>
    <message>
        <source>Drag on a mark</source>
        <translation>在标记上拖动</translation>
    </message>
    <message>
        <source>Move it, or one of its points; Shift keeps the tool for the next</source>
        <translation>移动标记或其端点；按 Shift 保留工具继续使用</translation>
    </message>
    <message>
        <source>Double click on a finding or text</source>
        <translation>双击征象或文字</translation>
    </message>
    <message>
        <source>Describe it</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Drop files or folders</source>
        <translation>拖入文件或文件夹</translation>
    </message>
    <message>
        <source>Open them</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>Ahead</name>
    <message>
        <source>scored ahead {done} of {total}</source>
        <translation>预先评分 {done}/{total}</translation>
    </message>
    <message>
        <source>Waits while you work</source>
        <translation>您操作时暂停</translation>
    </message>
    <message>
        <source>Waits for the pictures that are loading</source>
        <translation>等待图像加载</translation>
    </message>
    <message>
        <source>Waits for the scores of this study</source>
        <translation>等待此检查的评分</translation>
    </message>
    <message>
        <source>The other studies cannot be read or scored</source>
        <translation>其余检查无法读取或评分</translation>
    </message>
    <message>
        <source>Studies of the list are scored before they are opened</source>
        <translation>列表中的检查在打开前先行评分</translation>
    </message>
</context>
<context>
    <name>ArchiveEditor</name>
    <message>
        <source>New archive</source>
        <translation>新建影像归档</translation>
    </message>
    <message>
        <source>Change the archive</source>
        <translation>更改影像归档</translation>
    </message>
    <message>
        <source>a PACS (DICOM network)</source>
        <translation>PACS（DICOM 网络）</translation>
    </message>
    <message>
        <source>a DICOMweb service (HTTP)</source>
        <translation>DICOMweb 服务（HTTP）</translation>
    </message>
    <message>
        <source>https://HOST[:PORT]/PATH</source>
        <translation>https://主机[:端口]/路径</translation>
    </message>
    <message>
        <source>It goes into the system&apos;s keyring, and into no file</source>
        <translation>保存在系统密钥环中，不写入任何文件</translation>
    </message>
    <message>
        <source>the system&apos;s authorities</source>
        <translation>系统的证书颁发机构</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>name and password</source>
        <translation>用户名和密码</translation>
    </message>
    <message>
        <source>bearer token</source>
        <translation>Bearer 令牌</translation>
    </message>
    <message>
        <source>C-GET: over the connection that asks</source>
        <translation>C-GET：经由请求的连接</translation>
    </message>
    <message>
        <source>C-MOVE: the archive calls back</source>
        <translation>C-MOVE：由归档回连</translation>
    </message>
    <message>
        <source>Encrypted (TLS)</source>
        <translation>加密（TLS）</translation>
    </message>
    <message>
        <source>there is no file {}</source>
        <translation>没有文件 {}</translation>
    </message>
    <message>
        <source>choose a PEM file of authorities</source>
        <translation>请选择证书颁发机构的 PEM 文件</translation>
    </message>
    <message>
        <source>no user is named</source>
        <translation>未填写用户</translation>
    </message>
    <message>
        <source>write the name, without a colon</source>
        <translation>请填写用户名，不含冒号</translation>
    </message>
    <message>
        <source>no password or token is given</source>
        <translation>未填写密码或令牌</translation>
    </message>
    <message>
        <source>write it here, or set {} in the environment</source>
        <translation>请在此填写，或在环境变量中设置 {}</translation>
    </message>
    <message>
        <source>an encrypted connection needs three files</source>
        <translation>加密连接需要三个文件</translation>
    </message>
    <message>
        <source>choose certificate, key and authority</source>
        <translation>请选择证书、密钥和证书机构</translation>
    </message>
    <message>
        <source>&amp;Kind</source>
        <translation>类型(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>Add&amp;ress</source>
        <translation>地址(&amp;R)</translation>
    </message>
    <message>
        <source>It asks &amp;for</source>
        <translation>要求(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>用户(&amp;U)</translation>
    </message>
    <message>
        <source>Pass&amp;word or token</source>
        <translation>密码或令牌(&amp;W)</translation>
    </message>
    <message>
        <source>Authorities to trust</source>
        <translation>受信任的证书颁发机构</translation>
    </message>
    <message>
        <source>&amp;AE title</source>
        <translation>AE 标题(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Host</source>
        <translation>主机(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>端口(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Our AE title</source>
        <translation>本机 AE 标题(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Images come by</source>
        <translation>图像传输方式(&amp;I)</translation>
    </message>
    <message>
        <source>Our port &amp;for them</source>
        <translation>本机接收端口(&amp;F)</translation>
    </message>
    <message>
        <source>Our certificate</source>
        <translation>本机证书</translation>
    </message>
    <message>
        <source>Its key</source>
        <translation>证书密钥</translation>
    </message>
    <message>
        <source>Authority</source>
        <translation>证书机构</translation>
    </message>
    <message>
        <source>Name in its certificate</source>
        <translation>其证书中的名称</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Choose a PEM file</source>
        <translation>选择 PEM 文件</translation>
    </message>
    <message>
        <source>that of {} in the environment</source>
        <translation>环境变量 {} 中的值</translation>
    </message>
    <message>
        <source>as it was</source>
        <translation>保持不变</translation>
    </message>
</context>
<context>
    <name>Archives</name>
    <message>
        <source>there is an archive of this name</source>
        <translation>已有同名的影像归档</translation>
    </message>
    <message>
        <source>take another name</source>
        <translation>请换一个名称</translation>
    </message>
    <message>
        <source>{name}: the password or token is not kept: {error}</source>
        <translation>{name}：密码或令牌未保存：{error}</translation>
    </message>
    <message>
        <source>the keyring had not taken it when the window was closed</source>
        <translation>关闭窗口时密钥环尚未保存它</translation>
    </message>
    <message>
        <source>give it again</source>
        <translation>请重新输入</translation>
    </message>
    <message>
        <source>nothing says what to look for</source>
        <translation>未说明要查找什么</translation>
    </message>
    <message>
        <source>give a name, a number or a date</source>
        <translation>请给出姓名、编号或日期</translation>
    </message>
</context>
<context>
    <name>ArchivesDialog</name>
    <message>
        <source>Archives</source>
        <translation>影像归档</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>AE title</source>
        <translation>AE 标题</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Images come by</source>
        <translation>图像传输方式</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更改…</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Ask whether it is there (C-ECHO, or a search for one study)</source>
        <translation>询问其是否可用（C-ECHO，或查询一个检查）</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>&amp;Fetch priors of the open case from</source>
        <translation>打开病例的既往检查取自(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Retrieved studies go to</source>
        <translation>调取的检查存入(&amp;R)</translation>
    </message>
    <message>
        <source>Retrieved studies go to</source>
        <translation>调取的检查存入</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>{}: images go over http, where anyone can read them</source>
        <translation>{}：图像经 http 传输，任何人都能读取</translation>
    </message>
    <message>
        <source>{} answers in {} ms</source>
        <translation>{} 在 {} 毫秒内应答</translation>
    </message>
    <message>
        <source>asking {}</source>
        <translation>正在询问 {}</translation>
    </message>
    <message>
        <source>Remove the archive</source>
        <translation>移除影像归档</translation>
    </message>
    <message>
        <source>{} will no longer be known. What was retrieved from it stays.</source>
        <translation>{} 将不再保留。已从中调取的内容不受影响。</translation>
    </message>
</context>
<context>
    <name>Assessment</name>
    <message>
        <source>{reader} has written on this case too: both texts stand</source>
        <translation>{reader} 也为本病例写了文字：两段文字均保留</translation>
    </message>
    <message>
        <source>BI-RADS {}</source>
        <translation>BI-RADS {}</translation>
    </message>
    <message>
        <source>density {}</source>
        <translation>密度 {}</translation>
    </message>
    <message>
        <source>{side}: {reader} had given {words} meanwhile; yours is in force now</source>
        <translation>{side}：{reader} 此间给出了 {words}；现以您的为准</translation>
    </message>
</context>
<context>
    <name>AssessmentPanel</name>
    <message>
        <source>Free text of the case</source>
        <translation>病例自由文本</translation>
    </message>
    <message>
        <source>Reader</source>
        <translation>阅片者</translation>
    </message>
    <message>
        <source>right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>Density</source>
        <translation>密度</translation>
    </message>
    <message>
        <source>not kept: there is no library</source>
        <translation>未保存：没有检查库</translation>
    </message>
    <message>
        <source>{}: older study, not assessed here</source>
        <translation>{}：较早的检查，不在此评估</translation>
    </message>
</context>
<context>
    <name>Associated</name>
    <message>
        <source>skin retraction</source>
        <translation>皮肤凹陷</translation>
    </message>
    <message>
        <source>nipple retraction</source>
        <translation>乳头凹陷</translation>
    </message>
    <message>
        <source>skin thickening</source>
        <translation>皮肤增厚</translation>
    </message>
    <message>
        <source>trabecular thickening</source>
        <translation>小梁增厚</translation>
    </message>
    <message>
        <source>axillary adenopathy</source>
        <translation>腋窝淋巴结肿大</translation>
    </message>
    <message>
        <source>architectural distortion</source>
        <translation>结构扭曲</translation>
    </message>
    <message>
        <source>calcifications</source>
        <translation>钙化</translation>
    </message>
</context>
<context>
    <name>AsymmetryKind</name>
    <message>
        <source>asymmetry</source>
        <translation>不对称</translation>
    </message>
    <message>
        <source>global asymmetry</source>
        <translation>整体不对称</translation>
    </message>
    <message>
        <source>focal asymmetry</source>
        <translation>局灶性不对称</translation>
    </message>
    <message>
        <source>developing asymmetry</source>
        <translation>进展性不对称</translation>
    </message>
</context>
<context>
    <name>CalibrationDialog</name>
    <message>
        <source>Calibrate the screen</source>
        <translation>校准屏幕</translation>
    </message>
    <message>
        <source>Lay a ruler on the line and enter its length between the two ticks, to half a millimetre. Without a ruler enter {length} mm, and make the line as long as a bank card.</source>
        <translation>将直尺贴在线段上，输入两端刻度间的长度，精确到半毫米。没有直尺时输入 {length} mm，并将线段调整为与银行卡等长。</translation>
    </message>
    <message>
        <source>This screen was calibrated before.</source>
        <translation>此屏幕已校准过。</translation>
    </message>
    <message>
        <source>This screen is not calibrated yet.</source>
        <translation>此屏幕尚未校准。</translation>
    </message>
    <message>
        <source>&amp;Length of the line</source>
        <translation>线段长度(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Pixels of the line</source>
        <translation>线段像素(&amp;P)</translation>
    </message>
</context>
<context>
    <name>Calibrations</name>
    <message>
        <source>no screen shows {pixels} pixels on {length} mm</source>
        <translation>没有屏幕会在 {length} mm 上显示 {pixels} 个像素</translation>
    </message>
    <message>
        <source>measure the line again</source>
        <translation>请重新测量线段</translation>
    </message>
</context>
<context>
    <name>Caution</name>
    <message>
        <source>no breast with air beside it was found: look whether anything is written in it</source>
        <translation>未找到旁边有空气的乳房：请查看其中是否写有文字</translation>
    </message>
    <message>
        <source>{} row(s) of letters stand over the breast and were left: look whom they name</source>
        <translation>乳房上有 {} 行文字并已保留：请查看其中写了谁</translation>
    </message>
    <message>
        <source>the file said that an annotation is burned in, and none was found: look for it</source>
        <translation>文件称有烧录的注释，但未找到：请查找</translation>
    </message>
</context>
<context>
    <name>ClosingQuestion</name>
    <message>
        <source>{words}. Closing the window now loses what is on the screen only.</source>
        <translation>{words}。现在关闭窗口将丢失仅在屏幕上的内容。</translation>
    </message>
    <message>
        <source>The library is still being written to.</source>
        <translation>检查库仍在写入。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Close without keeping</source>
        <translation>不保存并关闭</translation>
    </message>
    <message>
        <source>Go on reading</source>
        <translation>继续阅片</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Open files</source>
        <translation>打开文件</translation>
    </message>
    <message>
        <source>Open a folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>writing {}</source>
        <translation>正在写入 {}</translation>
    </message>
    <message>
        <source>written to {}</source>
        <translation>已写入 {}</translation>
    </message>
    <message>
        <source>copied, {} × {} pixels</source>
        <translation>已复制，{} × {} 像素</translation>
    </message>
    <message>
        <source>without patient identity</source>
        <translation>不含患者身份</translation>
    </message>
    <message>
        <source>this is the last study</source>
        <translation>已是最后一项检查</translation>
    </message>
    <message>
        <source>this is the first study</source>
        <translation>已是第一项检查</translation>
    </message>
    <message>
        <source>there is no other study of this patient</source>
        <translation>该患者没有其他检查</translation>
    </message>
    <message>
        <source>heat map: {}</source>
        <translation>热图：{}</translation>
    </message>
    <message>
        <source>this view has one frame only</source>
        <translation>此图像只有一层</translation>
    </message>
    <message>
        <source>cine at {} frames per second</source>
        <translation>播放速度 {} 层/秒</translation>
    </message>
    <message>
        <source>looking for new studies</source>
        <translation>正在查找新检查</translation>
    </message>
    <message>
        <source>there is no other operating point</source>
        <translation>没有其他工作点</translation>
    </message>
    <message>
        <source>the side of this view is not known</source>
        <translation>此图像的侧别未知</translation>
    </message>
    <message>
        <source>choose a view whose side is</source>
        <translation>请选择侧别已知的图像</translation>
    </message>
    <message>
        <source>no study is open</source>
        <translation>未打开检查</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>请先打开一项</translation>
    </message>
    <message>
        <source>DICOM is being written already</source>
        <translation>正在写 DICOM</translation>
    </message>
    <message>
        <source>written to {} and {}</source>
        <translation>已写入 {} 和 {}</translation>
    </message>
    <message>
        <source>this study has nothing of other makers</source>
        <translation>此检查没有其他厂商的内容</translation>
    </message>
    <message>
        <source>{} shows them</source>
        <translation>按 {} 显示</translation>
    </message>
    <message>
        <source>marks and maps of other makers are hidden</source>
        <translation>其他厂商的标记和图已隐藏</translation>
    </message>
    <message>
        <source>the list of other makers&apos; marks and maps is not in sight</source>
        <translation>其他厂商的标记和图列表不可见</translation>
    </message>
    <message>
        <source>leave full screen first</source>
        <translation>请先退出全屏</translation>
    </message>
    <message>
        <source>none of other makers&apos; marks and maps can be shown or hidden now</source>
        <translation>目前无法显示或隐藏其他厂商的任何标记或图</translation>
    </message>
    <message>
        <source>no CAD report of this study has optional findings</source>
        <translation>此检查的 CAD 报告没有可选发现</translation>
    </message>
    <message>
        <source>CAD operating point {}</source>
        <translation>CAD 工作点 {}</translation>
    </message>
    <message>
        <source>CAD: required findings only</source>
        <translation>CAD：仅必需发现</translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n new or changed in the library</source>
        <translation>
            <numerusform>检查库中有 %n 项新增或更改</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies left out: their UIDs are those of another study here</source>
        <translation>
            <numerusform>略过 %n 项检查：其 UID 属于此处的另一项检查</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>table of %n values</source>
        <translation>
            <numerusform>%n 个值的查找表</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n studies</source>
        <translation>
            <numerusform>%n 项检查</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n images</source>
        <translation>
            <numerusform>%n 幅图像</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files</source>
        <translation>
            <numerusform>%n 个文件</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n objects</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files refused</source>
        <translation>
            <numerusform>%n 个文件被拒绝</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frames</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>另有 %n 幅</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes not kept</source>
        <translation>
            <numerusform>%n 项更改未保存</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DeidentifyDialog</name>
    <message>
        <source>De-identified copy</source>
        <translation>去标识副本</translation>
    </message>
    <message>
        <source>Make the copy</source>
        <translation>制作副本</translation>
    </message>
    <message>
        <source>Folder for the copy</source>
        <translation>副本的文件夹</translation>
    </message>
    <message>
        <source>Keep the age (over 89 as 90), sex, size and weight</source>
        <translation>保留年龄（超过 89 记为 90）、性别、身高和体重</translation>
    </message>
    <message>
        <source>File with the secret</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>none: the pseudonyms are made once and forgotten</source>
        <translation>无：假名只生成一次，随后遗忘</translation>
    </message>
    <message>
        <source>Accept letters over the breast, and images without a breast</source>
        <translation>接受乳房上的文字和没有乳房的图像</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Secret</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>The whole study, {files}: names, numbers and texts are removed, UIDs replaced, dates moved, and what is written beside the breast is blanked (PS3.15 Annex E). The same secret gives the same pseudonyms again: keep it, and keep it apart from the copy. Marks and assessments are not in it.</source>
        <translation>整个检查，{files}：删除姓名、编号和文字，替换 UID，移动日期，并涂去乳房旁的文字（PS3.15 附录 E）。同一密钥会再次给出相同的假名：请妥善保管，并与副本分开。其中不含标记和评估。</translation>
    </message>
    <message>
        <source>the secret would lie in the copy: whoever has both can try out names</source>
        <translation>密钥会位于副本中：两者都有的人可以逐一试出姓名</translation>
    </message>
    <message>
        <source>keep it elsewhere</source>
        <translation>请放在别处</translation>
    </message>
    <message>
        <source>{files} of {all} in {place}</source>
        <translation>{all}中的 {files} 个，位于 {place}</translation>
    </message>
    <message>
        <source>blanked beside the breast: {} of {}</source>
        <translation>乳房旁已涂去：{} / {}</translation>
    </message>
    <message>
        <source>did not say whether an annotation is burned in: {}</source>
        <translation>未说明是否烧录了注释：{}</translation>
    </message>
    <message>
        <source>Look at these before you give them away:</source>
        <translation>交出之前请查看这些：</translation>
    </message>
    <message>
        <source>What was done to each attribute stands in deidentification.json there.</source>
        <translation>对每个属性所做的处理见该处的 deidentification.json。</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Files that were refused</source>
        <translation>被拒绝的文件</translation>
    </message>
    <message>
        <source>Nothing was refused.</source>
        <translation>没有被拒绝的文件。</translation>
    </message>
    <message>
        <source>The rest was opened.</source>
        <translation>其余已打开。</translation>
    </message>
    <message>
        <source>Memory limit</source>
        <translation>内存上限</translation>
    </message>
    <message>
        <source>Images, previews and frames together may take</source>
        <translation>图像、预览与层面合计最多占用</translation>
    </message>
    <message>
        <source>default, {} MiB</source>
        <translation>默认，{} MiB</translation>
    </message>
    <message>
        <source>{} MiB are in use. What is on the screen stays in memory in any case.</source>
        <translation>已使用 {} MiB。屏幕上的内容始终保留在内存中。</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>含患者身份</translation>
    </message>
    <message>
        <source>The picture will show the patient&apos;s name, number and date.</source>
        <translation>图片将显示患者的姓名、编号和日期。</translation>
    </message>
    <message>
        <source>Whoever gets the picture can tell who she is.</source>
        <translation>得到图片的人可以知道她是谁。</translation>
    </message>
    <message>
        <source>Export with identity</source>
        <translation>含身份导出</translation>
    </message>
    <message>
        <source>Replace the file</source>
        <translation>替换文件</translation>
    </message>
    <message>
        <source>{} exists already.</source>
        <translation>{} 已存在。</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>A fault in mammoview</source>
        <translation>mammoview 出现故障</translation>
    </message>
    <message>
        <source>mammoview failed at something and goes on.</source>
        <translation>mammoview 有一处出错，将继续运行。</translation>
    </message>
    <message>
        <source>A record without patient identity is in</source>
        <translation>不含患者身份的记录位于</translation>
    </message>
</context>
<context>
    <name>DicomExport</name>
    <message>
        <source>these images are no DICOM: no object can refer to them</source>
        <translation>这些图像不是 DICOM：没有对象能引用它们</translation>
    </message>
    <message>
        <source>the classifier is not done with this study yet</source>
        <translation>分类器尚未完成此检查</translation>
    </message>
    <message>
        <source>scores of single frames are not written</source>
        <translation>单层的分值不会写入</translation>
    </message>
    <message>
        <source>the classifier has said nothing of this study</source>
        <translation>分类器未对此检查给出结果</translation>
    </message>
    <message>
        <source>no view has a heat map</source>
        <translation>没有图像有热图</translation>
    </message>
    <message>
        <source>nothing was assessed</source>
        <translation>没有评估</translation>
    </message>
    <message>
        <source>nothing was measured</source>
        <translation>没有测量</translation>
    </message>
    <message>
        <source>there was nothing to write</source>
        <translation>没有可写的内容</translation>
    </message>
</context>
<context>
    <name>DicomExportDialog</name>
    <message>
        <source>Write as DICOM</source>
        <translation>写为 DICOM</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>对象</translation>
    </message>
    <message>
        <source>a folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>send to {}</source>
        <translation>发送到 {}</translation>
    </message>
    <message>
        <source>Folder for DICOM objects</source>
        <translation>DICOM 对象的文件夹</translation>
    </message>
    <message>
        <source>Where to</source>
        <translation>目的地</translation>
    </message>
    <message>
        <source>The objects name the patient, as the images do. States and pictures are as you see the views now.</source>
        <translation>这些对象与图像一样含患者姓名。显示状态和图片与您现在看到的一致。</translation>
    </message>
    <message>
        <source>What the classifier says is hidden from you: it is written nowhere, nor drawn.</source>
        <translation>分类器的结果对您隐藏：不会写入，也不会绘出。</translation>
    </message>
    <message>
        <source>Pictures with marks</source>
        <translation>带标记的图片</translation>
    </message>
    <message>
        <source>Presentation states</source>
        <translation>显示状态</translation>
    </message>
    <message>
        <source>CAD result</source>
        <translation>CAD 结果</translation>
    </message>
    <message>
        <source>Heat maps</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>nothing is chosen</source>
        <translation>未选择任何内容</translation>
    </message>
    <message>
        <source>{files} sent to {place}</source>
        <translation>已将{files}发送到 {place}</translation>
    </message>
    <message>
        <source>{files} written to {place}</source>
        <translation>已将{files}写入 {place}</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>写入</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
</context>
<context>
    <name>Distribution</name>
    <message>
        <source>diffuse</source>
        <translation>弥漫</translation>
    </message>
    <message>
        <source>regional</source>
        <translation>区域</translation>
    </message>
    <message>
        <source>grouped</source>
        <translation>成簇</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>线样</translation>
    </message>
    <message>
        <source>segmental</source>
        <translation>段样</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>No study is open</source>
        <translation>未打开检查</translation>
    </message>
    <message>
        <source>Drop files, folders, archives or a DICOMDIR here</source>
        <translation>将文件、文件夹、压缩包或 DICOMDIR 拖放到此处</translation>
    </message>
    <message>
        <source>{keys}  shows all keys,  {library}  the studies of the library</source>
        <translation>{keys}  显示全部快捷键，{library}  显示检查库</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Native resolution, {note}</source>
        <translation>原始分辨率，{note}</translation>
    </message>
    <message>
        <source>no pixel shrunk</source>
        <translation>像素未缩小</translation>
    </message>
    <message>
        <source>As seen on the screen</source>
        <translation>按屏幕所见</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>含患者身份</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Resolution</source>
        <translation>分辨率</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>导出到</translation>
    </message>
    <message>
        <source>this names no file</source>
        <translation>这不是文件名</translation>
    </message>
    <message>
        <source>write a name behind the folder</source>
        <translation>请在文件夹后写出文件名</translation>
    </message>
    <message>
        <source>there is no home folder {}</source>
        <translation>没有主文件夹 {}</translation>
    </message>
    <message>
        <source>name another folder</source>
        <translation>请指定其他文件夹</translation>
    </message>
    <message>
        <source>{} is no kind of picture</source>
        <translation>{} 不是图片格式</translation>
    </message>
    <message>
        <source>end the name in {}</source>
        <translation>文件名应以 {} 结尾</translation>
    </message>
    <message>
        <source>there is no folder {}</source>
        <translation>没有文件夹 {}</translation>
    </message>
    <message>
        <source>name a folder that exists</source>
        <translation>请指定已有的文件夹</translation>
    </message>
    <message>
        <source>{} is a folder</source>
        <translation>{} 是文件夹</translation>
    </message>
    <message>
        <source>name a file</source>
        <translation>请指定文件</translation>
    </message>
    <message>
        <source>the name is too long</source>
        <translation>名称过长</translation>
    </message>
    <message>
        <source>it cannot be used</source>
        <translation>无法使用</translation>
    </message>
    <message>
        <source>nothing can be written there: {}</source>
        <translation>无法写入该处：{}</translation>
    </message>
    <message>
        <source>choose another name</source>
        <translation>请选择其他名称</translation>
    </message>
    <message>
        <source>this is no name of a file</source>
        <translation>这不是有效的文件名</translation>
    </message>
</context>
<context>
    <name>FindingDialog</name>
    <message>
        <source>Describe the finding</source>
        <translation>描述征象</translation>
    </message>
    <message>
        <source>not described</source>
        <translation>未描述</translation>
    </message>
    <message>
        <source>&amp;Finding</source>
        <translation>征象(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Shape</source>
        <translation>形状(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Margin</source>
        <translation>边缘(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Density</source>
        <translation>密度(&amp;D)</translation>
    </message>
    <message>
        <source>M&amp;orphology</source>
        <translation>形态(&amp;O)</translation>
    </message>
    <message>
        <source>D&amp;istribution</source>
        <translation>分布(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Asymmetry</source>
        <translation>不对称(&amp;A)</translation>
    </message>
    <message>
        <source>Associated</source>
        <translation>相关征象</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>备注(&amp;N)</translation>
    </message>
</context>
<context>
    <name>FindingKind</name>
    <message>
        <source>mass</source>
        <translation>肿块</translation>
    </message>
    <message>
        <source>calcifications</source>
        <translation>钙化</translation>
    </message>
    <message>
        <source>architectural distortion</source>
        <translation>结构扭曲</translation>
    </message>
    <message>
        <source>asymmetry</source>
        <translation>不对称</translation>
    </message>
    <message>
        <source>intramammary lymph node</source>
        <translation>乳腺内淋巴结</translation>
    </message>
    <message>
        <source>skin lesion</source>
        <translation>皮肤病变</translation>
    </message>
    <message>
        <source>solitary dilated duct</source>
        <translation>孤立性扩张导管</translation>
    </message>
    <message>
        <source>associated feature</source>
        <translation>相关征象</translation>
    </message>
</context>
<context>
    <name>Finishing</name>
    <message>
        <source>this study has just come up: it is not finished</source>
        <translation>此检查刚刚显示：未予完成</translation>
    </message>
    <message>
        <source>no BI-RADS for either breast: press again to finish without</source>
        <translation>双侧乳腺均无 BI-RADS：再按一次即不填而完成</translation>
    </message>
    <message>
        <source>no BI-RADS for the left breast: press again to finish without</source>
        <translation>左乳无 BI-RADS：再按一次即不填而完成</translation>
    </message>
    <message>
        <source>no BI-RADS for the right breast: press again to finish without</source>
        <translation>右乳无 BI-RADS：再按一次即不填而完成</translation>
    </message>
</context>
<context>
    <name>FoldersDialog</name>
    <message>
        <source>Folders of the library</source>
        <translation>检查库的文件夹</translation>
    </message>
    <message>
        <source>&amp;Watch a folder…</source>
        <translation>监视文件夹(&amp;W)…</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>重新检查(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Remove from the list…</source>
        <translation>从列表中移除(&amp;R)…</translation>
    </message>
    <message>
        <source>Take the folder and its studies out of the list; no file is touched (Delete)</source>
        <translation>将文件夹及其检查移出列表；不改动任何文件（Delete）</translation>
    </message>
    <message>
        <source>A folder with a tick is watched: what comes into it is in the list by itself.</source>
        <translation>勾选的文件夹受监视：其中新增的内容会自动出现在列表中。</translation>
    </message>
    <message>
        <source>Space sets the tick. Studies stay in the list without it.</source>
        <translation>空格键设置勾选。取消后检查仍留在列表中。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Watch a folder</source>
        <translation>监视文件夹</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>从列表中移除</translation>
    </message>
    <message>
        <source>{} and its studies leave the list. No file is touched.</source>
        <translation>{} 及其检查将移出列表。不改动任何文件。</translation>
    </message>
    <message>
        <source>What readers made of them is kept: assessments, marks and who read what when.</source>
        <translation>阅片者的成果会保留：评估、标记以及谁在何时阅读了什么。</translation>
    </message>
    <message>
        <source>Open the folder again, and they are listed with all of it.</source>
        <translation>再次打开该文件夹，它们会连同全部内容重新列出。</translation>
    </message>
    <message>
        <source>Studies that also lie in another folder of the library stay; what is on the screen stays open.</source>
        <translation>同时位于检查库其他文件夹中的检查会保留；屏幕上的内容保持打开。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>ForeignModel</name>
    <message>
        <source>A model of another maker</source>
        <translation>外来模型</translation>
    </message>
    <message>
        <source>{} {} did not come with mammoview. Load it?</source>
        <translation>{} {} 不是 mammoview 自带的。要加载吗？</translation>
    </message>
    <message>
        <source>Load models of people you trust alone. What it says of itself: {}
Checksum: {}</source>
        <translation>只加载您信任的人提供的模型。其自述：{}
校验和：{}</translation>
    </message>
    <message>
        <source>Load it</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Use mammoview&apos;s own</source>
        <translation>使用 mammoview 自带的模型</translation>
    </message>
</context>
<context>
    <name>GreyPanel</name>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>The file&apos;s own window for this view</source>
        <translation>文件自带的此图像窗位</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>无图像</translation>
    </message>
    <message>
        <source>{view}, stored values in the breast</source>
        <translation>{view}，乳腺内存储值</translation>
    </message>
    <message>
        <source>{view}, modality values in the breast</source>
        <translation>{view}，乳腺内模态值</translation>
    </message>
</context>
<context>
    <name>ImageCache</name>
    <message>
        <source>{} MiB is no memory limit</source>
        <translation>{} MiB 不能作为内存上限</translation>
    </message>
    <message>
        <source>{} to {} MiB, 0 for the default</source>
        <translation>{} 至 {} MiB，0 为默认</translation>
    </message>
</context>
<context>
    <name>ImageStore</name>
    <message>
        <source>loading was cancelled</source>
        <translation>加载已取消</translation>
    </message>
    <message>
        <source>open the study again</source>
        <translation>请重新打开检查</translation>
    </message>
</context>
<context>
    <name>Indexing</name>
    <message>
        <source>reading {} into the library</source>
        <translation>正在将 {} 读入检查库</translation>
    </message>
    <message>
        <source>{} is out of the list</source>
        <translation>{} 已移出列表</translation>
    </message>
    <message>
        <source>the files of the chosen study hold another one by now: this is the first of the list</source>
        <translation>所选检查的文件现已是另一项检查：这是列表中的第一项</translation>
    </message>
    <message>
        <source>open its folder again</source>
        <translation>请重新打开其文件夹</translation>
    </message>
    <message>
        <source>{} does not answer</source>
        <translation>{} 没有响应</translation>
    </message>
    <message>
        <source>look whether its drive is there</source>
        <translation>请检查其驱动器是否可用</translation>
    </message>
</context>
<context>
    <name>JobRunner</name>
    <message>
        <source>mammoview failed here</source>
        <translation>mammoview 在此处出错</translation>
    </message>
    <message>
        <source>please report it</source>
        <translation>请报告此问题</translation>
    </message>
</context>
<context>
    <name>KeyBindings</name>
    <message>
        <source>keys in the settings that are not used: {}</source>
        <translation>设置中未使用的快捷键：{}</translation>
    </message>
    <message>
        <source>press another key</source>
        <translation>请按其他键</translation>
    </message>
    <message>
        <source>{} belongs to “{}”</source>
        <translation>{} 属于“{}”</translation>
    </message>
    <message>
        <source>press another key, or take it from that command first</source>
        <translation>请按其他键，或先从该命令中移除</translation>
    </message>
    <message>
        <source>{}: no such command</source>
        <translation>{}：没有此命令</translation>
    </message>
    <message>
        <source>{}: not a list of keys</source>
        <translation>{}：不是按键列表</translation>
    </message>
    <message>
        <source>{}: {} belongs to {}</source>
        <translation>{}：{} 属于 {}</translation>
    </message>
    <message>
        <source>not one key</source>
        <translation>不是单个按键</translation>
    </message>
    <message>
        <source>it closes dialogs and gives up what is being drawn</source>
        <translation>它用于关闭对话框并放弃正在绘制的内容</translation>
    </message>
    <message>
        <source>it opens what is chosen in lists, texts and dialogs</source>
        <translation>它用于打开列表、文本和对话框中的所选项</translation>
    </message>
    <message>
        <source>it moves the picture while it is held</source>
        <translation>按住时用于移动图像</translation>
    </message>
</context>
<context>
    <name>KeyFile</name>
    <message>
        <source>{path}: cannot be read: {reason}</source>
        <translation>{path}：无法读取：{reason}</translation>
    </message>
    <message>
        <source>name another file</source>
        <translation>请指定其他文件</translation>
    </message>
    <message>
        <source>{path}: is no key file</source>
        <translation>{path}：不是快捷键文件</translation>
    </message>
    <message>
        <source>name one that was exported here</source>
        <translation>请指定在此导出的文件</translation>
    </message>
    <message>
        <source>{path}: holds no keys</source>
        <translation>{path}：不含快捷键</translation>
    </message>
    <message>
        <source>name a file that was exported here</source>
        <translation>请指定在此导出的文件</translation>
    </message>
</context>
<context>
    <name>KeypadCommands</name>
    <message>
        <source>the window speaks it from its next start on</source>
        <translation>窗口下次启动时生效</translation>
    </message>
    <message>
        <source>no view of this study has a score</source>
        <translation>此检查没有图像有评分</translation>
    </message>
</context>
<context>
    <name>KeysEditor</name>
    <message>
        <source>Change keys</source>
        <translation>更改快捷键</translation>
    </message>
    <message>
        <source>Search: a word, or a key by its name</source>
        <translation>搜索：词语或按键名称</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Find by key</source>
        <translation>按键查找</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>新快捷键</translation>
    </message>
    <message>
        <source>Further key</source>
        <translation>添加快捷键</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>All to default</source>
        <translation>全部恢复默认</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>已更改</translation>
    </message>
    <message>
        <source>Take this key away</source>
        <translation>移除此快捷键</translation>
    </message>
    <message>
        <source>Press the key for “{}”; Esc leaves it as it is</source>
        <translation>请按“{}”的快捷键；Esc 保持不变</translation>
    </message>
    <message>
        <source>Press a key to see what it does; Esc gives up</source>
        <translation>按下一个键查看其功能；Esc 放弃</translation>
    </message>
    <message>
        <source>{} is free</source>
        <translation>{} 未被占用</translation>
    </message>
    <message>
        <source>Export keys</source>
        <translation>导出快捷键</translation>
    </message>
    <message>
        <source>Import keys</source>
        <translation>导入快捷键</translation>
    </message>
    <message>
        <source>written to {}</source>
        <translation>已写入 {}</translation>
    </message>
    <message>
        <source>not used: {}</source>
        <translation>未使用：{}</translation>
    </message>
    <message>
        <source>the keys of the file are in use</source>
        <translation>文件中的快捷键已启用</translation>
    </message>
</context>
<context>
    <name>KeysSheet</name>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Search: a word, or a key by its name</source>
        <translation>搜索：词语或按键名称</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>更改快捷键…</translation>
    </message>
</context>
<context>
    <name>LanguageDialog</name>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>As the system: {}</source>
        <translation>跟随系统：{}</translation>
    </message>
    <message>
        <source>The window speaks it from its next start on. Pictures and files stay English.</source>
        <translation>窗口下次启动时生效。图片与文件仍为英文。</translation>
    </message>
</context>
<context>
    <name>LibraryLink</name>
    <message>
        <source>no study library: {error}</source>
        <translation>没有检查库：{error}</translation>
    </message>
    <message>
        <source>there is no study library</source>
        <translation>没有检查库</translation>
    </message>
    <message>
        <source>the library keeps everything again</source>
        <translation>检查库已恢复保存</translation>
    </message>
</context>
<context>
    <name>LibraryMarks</name>
    <message>
        <source>the study is not in the library: this is kept on the screen only</source>
        <translation>检查不在检查库中：仅保留在屏幕上</translation>
    </message>
    <message>
        <source>marks that this version cannot read: {}; they are kept, and not shown</source>
        <translation>此版本无法读取的标记：{}；予以保留但不显示</translation>
    </message>
</context>
<context>
    <name>LibraryPanel</name>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Name, ID, accession number, description, date as 2026-01-31</source>
        <translation>姓名、ID、检查号、描述、日期（如 2026-01-31）</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Folders…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Folders that the library holds studies of, and which of them are watched</source>
        <translation>检查库中检查所在的文件夹，以及其中受监视的文件夹</translation>
    </message>
    <message>
        <source>Look at the watched folders for new studies, at the others for what is gone</source>
        <translation>在监视的文件夹中查找新检查，在其余文件夹中查找缺失项</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Not read</source>
        <translation>未读</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新</translation>
    </message>
    <message>
        <source>In progress</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>已读</translation>
    </message>
    <message>
        <source>there is no study library</source>
        <translation>没有检查库</translation>
    </message>
    <message>
        <source>look at the status line at the start</source>
        <translation>请在启动时查看状态栏</translation>
    </message>
    <message>
        <source>Return continues where you were</source>
        <translation>按回车从上次位置继续</translation>
    </message>
    <message>
        <source>Return opens the list from here on</source>
        <translation>按回车从此处打开列表</translation>
    </message>
</context>
<context>
    <name>Listing</name>
    <message>
        <source>the files of this study are gone</source>
        <translation>此检查的文件已不存在</translation>
    </message>
    <message>
        <source>the files of this study are gone from {}</source>
        <translation>此检查的文件已不在 {}</translation>
    </message>
    <message>
        <source>open them where they are now</source>
        <translation>请在其现在的位置打开</translation>
    </message>
    <message>
        <source>open them by themselves</source>
        <translation>请单独打开</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>reading</source>
        <translation>正在读取</translation>
    </message>
    <message>
        <source>{} shows them</source>
        <translation>{} 可显示图像</translation>
    </message>
    <message>
        <source>the images are behind the list</source>
        <translation>图像在列表后面</translation>
    </message>
    <message>
        <source>{}: on</source>
        <translation>{}：开</translation>
    </message>
    <message>
        <source>{}: off</source>
        <translation>{}：关</translation>
    </message>
    <message>
        <source>a fault in mammoview: {}</source>
        <translation>mammoview 故障：{}</translation>
    </message>
    <message>
        <source>there is no image in what was opened (name a folder that holds mammograms)</source>
        <translation>打开的内容中没有图像（请指定含乳腺 X 线图像的文件夹）</translation>
    </message>
</context>
<context>
    <name>MarkBook</name>
    <message>
        <source>the marks of this study cannot be read: {error}</source>
        <translation>无法读取此检查的标记：{error}</translation>
    </message>
    <message>
        <source>the mark is on the screen but not stored: {error}</source>
        <translation>标记在屏幕上但未保存：{error}</translation>
    </message>
</context>
<context>
    <name>MarkKind</name>
    <message>
        <source>ruler</source>
        <translation>标尺</translation>
    </message>
    <message>
        <source>angle</source>
        <translation>角度</translation>
    </message>
    <message>
        <source>ellipse</source>
        <translation>椭圆</translation>
    </message>
    <message>
        <source>freehand</source>
        <translation>手绘</translation>
    </message>
    <message>
        <source>arrow</source>
        <translation>箭头</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>finding</source>
        <translation>征象</translation>
    </message>
    <message>
        <source>nipple</source>
        <translation>乳头</translation>
    </message>
</context>
<context>
    <name>MassDensity</name>
    <message>
        <source>high density</source>
        <translation>高密度</translation>
    </message>
    <message>
        <source>equal density</source>
        <translation>等密度</translation>
    </message>
    <message>
        <source>low density</source>
        <translation>低密度</translation>
    </message>
    <message>
        <source>fat-containing</source>
        <translation>含脂肪</translation>
    </message>
</context>
<context>
    <name>MassMargin</name>
    <message>
        <source>circumscribed</source>
        <translation>清晰</translation>
    </message>
    <message>
        <source>obscured</source>
        <translation>遮蔽</translation>
    </message>
    <message>
        <source>microlobulated</source>
        <translation>小分叶</translation>
    </message>
    <message>
        <source>indistinct</source>
        <translation>模糊</translation>
    </message>
    <message>
        <source>spiculated</source>
        <translation>毛刺</translation>
    </message>
</context>
<context>
    <name>MassShape</name>
    <message>
        <source>oval</source>
        <translation>卵圆形</translation>
    </message>
    <message>
        <source>round</source>
        <translation>圆形</translation>
    </message>
    <message>
        <source>irregular</source>
        <translation>不规则形</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>Recent studies</source>
        <translation>最近的检查</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>One to one here</source>
        <translation>此处 1:1</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗设置</translation>
    </message>
</context>
<context>
    <name>Monitors</name>
    <message>
        <source>there is one monitor only</source>
        <translation>只有一台显示器</translation>
    </message>
    <message>
        <source>connect a second one</source>
        <translation>请连接第二台</translation>
    </message>
</context>
<context>
    <name>Morphology</name>
    <message>
        <source>skin</source>
        <translation>皮肤</translation>
    </message>
    <message>
        <source>vascular</source>
        <translation>血管</translation>
    </message>
    <message>
        <source>coarse or popcorn-like</source>
        <translation>粗糙或爆米花样</translation>
    </message>
    <message>
        <source>large rod-like</source>
        <translation>粗大杆状</translation>
    </message>
    <message>
        <source>round</source>
        <translation>圆形</translation>
    </message>
    <message>
        <source>rim</source>
        <translation>环形</translation>
    </message>
    <message>
        <source>dystrophic</source>
        <translation>营养不良性</translation>
    </message>
    <message>
        <source>milk of calcium</source>
        <translation>钙乳</translation>
    </message>
    <message>
        <source>suture</source>
        <translation>缝线</translation>
    </message>
    <message>
        <source>amorphous</source>
        <translation>无定形</translation>
    </message>
    <message>
        <source>coarse heterogeneous</source>
        <translation>粗糙不均质</translation>
    </message>
    <message>
        <source>fine pleomorphic</source>
        <translation>细小多形性</translation>
    </message>
    <message>
        <source>fine linear or fine-linear branching</source>
        <translation>细线样或细线分支样</translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>not for diagnosis</source>
        <translation>不用于诊断</translation>
    </message>
</context>
<context>
    <name>ObjectKind</name>
    <message>
        <source>presentation state</source>
        <translation>显示状态</translation>
    </message>
    <message>
        <source>CAD report</source>
        <translation>CAD 报告</translation>
    </message>
    <message>
        <source>measurements</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation>分割</translation>
    </message>
    <message>
        <source>parametric map</source>
        <translation>参数图</translation>
    </message>
</context>
<context>
    <name>OverlaidBook</name>
    <message>
        <source>there is no image in this view</source>
        <translation>此视图中没有图像</translation>
    </message>
    <message>
        <source>no presentation state of this image names a part of it</source>
        <translation>此图像没有指定部分区域的显示状态</translation>
    </message>
</context>
<context>
    <name>OverlaidList</name>
    <message>
        <source>Of other makers</source>
        <translation>来自其他厂商</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>hung as all views are: tick it anew to see it as its maker laid it</source>
        <translation>与所有图像一样悬挂：重新勾选即可按其制作方的方式显示</translation>
    </message>
</context>
<context>
    <name>Pane</name>
    <message>
        <source>no {} in this study</source>
        <translation>此检查中无 {}</translation>
    </message>
    <message>
        <source> or </source>
        <translation>或</translation>
    </message>
    <message>
        <source>no {} in the prior study</source>
        <translation>既往检查中无 {}</translation>
    </message>
</context>
<context>
    <name>Phase</name>
    <message>
        <source>writing</source>
        <translation>正在写入</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>正在发送</translation>
    </message>
    <message>
        <source>copying</source>
        <translation>正在复制</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>shrunk to {} %, as a picture has at most {} pixels a side</source>
        <translation>已缩小至 {} %，因图片每边最多 {} 像素</translation>
    </message>
    <message>
        <source>patient identity may be burned into the pixels: {}</source>
        <translation>患者身份可能已烧录在像素中：{}</translation>
    </message>
    <message>
        <source>there is no image to export</source>
        <translation>没有可导出的图像</translation>
    </message>
    <message>
        <source>open a study first</source>
        <translation>请先打开检查</translation>
    </message>
    <message>
        <source>the image is still loading</source>
        <translation>图像仍在加载</translation>
    </message>
    <message>
        <source>export it when it is there</source>
        <translation>请在加载完成后导出</translation>
    </message>
</context>
<context>
    <name>PlaceLine</name>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>this names no folder</source>
        <translation>这没有指定文件夹</translation>
    </message>
    <message>
        <source>choose one</source>
        <translation>请选择一个</translation>
    </message>
    <message>
        <source>there is no folder {}</source>
        <translation>没有文件夹 {}</translation>
    </message>
    <message>
        <source>name a folder that exists</source>
        <translation>请指定已有的文件夹</translation>
    </message>
    <message>
        <source>there is no such home folder</source>
        <translation>没有这样的主文件夹</translation>
    </message>
</context>
<context>
    <name>PredictionService</name>
    <message>
        <source>not run: {}</source>
        <translation>未运行：{}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
</context>
<context>
    <name>Prevalence</name>
    <message>
        <source>not for this site&apos;s prevalence</source>
        <translation>未按本机构的患病率校正</translation>
    </message>
    <message>
        <source>for a prevalence of {}</source>
        <translation>患病率按 {} 计</translation>
    </message>
    <message>
        <source>{} does not tell at which prevalence it was calibrated</source>
        <translation>{} 未说明校准时的患病率</translation>
    </message>
    <message>
        <source>All scores and operating points: calibrated at {calibrated}, moved to {site}</source>
        <translation>所有评分和工作点：校准时为 {calibrated}，已换算至 {site}</translation>
    </message>
</context>
<context>
    <name>PrevalenceDialog</name>
    <message>
        <source>Prevalence at this site</source>
        <translation>本机构的患病率</translation>
    </message>
    <message>
        <source>Breasts with cancer among 1,000 examined ones</source>
        <translation>每 1000 个受检乳房中患癌的个数</translation>
    </message>
    <message>
        <source>as the model is calibrated</source>
        <translation>按模型的校准</translation>
    </message>
    <message>
        <source> in 1,000</source>
        <translation>（每 1000 个）</translation>
    </message>
    <message>
        <source>No model is loaded yet, and none can be corrected.</source>
        <translation>尚未加载模型，无法校正。</translation>
    </message>
    <message>
        <source>{} does not tell at which prevalence it was calibrated: its scores stay as they are.</source>
        <translation>{} 未说明校准时的患病率：其评分保持不变。</translation>
    </message>
    <message>
        <source>{model} is calibrated at {share}. Scores and operating points are moved to the site&apos;s prevalence alike (Saerens et al. 2002): no view changes its side. Of women, about twice as many in 1,000 have cancer as of breasts.</source>
        <translation>{model} 在 {share} 的患病率下校准。评分和工作点一同换算至本机构的患病率（Saerens 等，2002）：任何图像都不会改变在工作点上下的位置。每 1000 名妇女中的患癌人数约为每 1000 个乳房中患癌个数的两倍。</translation>
    </message>
</context>
<context>
    <name>PriorFetching</name>
    <message>
        <source>a prior of this case came from {}</source>
        <translation>本病例的一次既往检查已从 {} 取得</translation>
    </message>
    <message>
        <source>a prior came from {}: the list of studies has it</source>
        <translation>一次既往检查已从 {} 取得：见检查列表</translation>
    </message>
    <message>
        <source>no priors from {name}: {error}</source>
        <translation>未能从 {name} 取得既往检查：{error}</translation>
    </message>
</context>
<context>
    <name>Protocol</name>
    <message>
        <source>Four views</source>
        <translation>四幅图像</translation>
    </message>
    <message>
        <source>CC pair</source>
        <translation>CC 双侧</translation>
    </message>
    <message>
        <source>CC pair, implant displaced</source>
        <translation>CC 双侧，植入物推移位</translation>
    </message>
    <message>
        <source>MLO pair</source>
        <translation>MLO 双侧</translation>
    </message>
    <message>
        <source>MLO pair, implant displaced</source>
        <translation>MLO 双侧，植入物推移位</translation>
    </message>
    <message>
        <source>CC pair at 1:1, part by part</source>
        <translation>CC 双侧 1:1，逐部分</translation>
    </message>
    <message>
        <source>CC pair, implant displaced, at 1:1, part by part</source>
        <translation>CC 双侧，植入物推移位，1:1，逐部分</translation>
    </message>
    <message>
        <source>MLO pair at 1:1, part by part</source>
        <translation>MLO 双侧 1:1，逐部分</translation>
    </message>
    <message>
        <source>MLO pair, implant displaced, at 1:1, part by part</source>
        <translation>MLO 双侧，植入物推移位，1:1，逐部分</translation>
    </message>
    <message>
        <source>Prior above current</source>
        <translation>既往在上，当前在下</translation>
    </message>
    <message>
        <source>CC pair, current and prior in turn</source>
        <translation>CC 双侧，当前与既往交替</translation>
    </message>
    <message>
        <source>MLO pair, current and prior in turn</source>
        <translation>MLO 双侧，当前与既往交替</translation>
    </message>
    <message>
        <source>Additional views</source>
        <translation>附加图像</translation>
    </message>
    <message>
        <source>Additional views of the prior</source>
        <translation>既往附加图像</translation>
    </message>
    <message>
        <source>Four views with the heat map as set</source>
        <translation>四幅图像，热图按设置</translation>
    </message>
    <message>
        <source>Current and prior in turn</source>
        <translation>当前与既往交替</translation>
    </message>
</context>
<context>
    <name>ReadingMode</name>
    <message>
        <source>after my first look</source>
        <translation>初读后</translation>
    </message>
    <message>
        <source>concurrent</source>
        <translation>同步</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>ReadingRecords</name>
    <message>
        <source>no study is open</source>
        <translation>未打开检查</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>请先打开一项</translation>
    </message>
    <message>
        <source>the study on the screen is an older one of this case</source>
        <translation>屏幕上是本病例较早的检查</translation>
    </message>
    <message>
        <source>go back to the newest, or open this one from the study list</source>
        <translation>返回最新检查，或从检查列表打开此项</translation>
    </message>
</context>
<context>
    <name>ReadingRoom</name>
    <message>
        <source>read; no study of the list is left to read</source>
        <translation>已读；列表中没有未读检查</translation>
    </message>
    <message>
        <source>read; this is the next study</source>
        <translation>已读；这是下一检查</translation>
    </message>
    <message>
        <source>this study is not read yet</source>
        <translation>此检查未读</translation>
    </message>
    <message>
        <source>not read: this study is in progress again</source>
        <translation>未读：此检查重新处于进行中</translation>
    </message>
    <message>
        <source>the assessment was changed in another window: what it says now is shown</source>
        <translation>评估已在另一窗口更改：现显示最新内容</translation>
    </message>
    <message>
        <source>the classifier is off</source>
        <translation>分类器已关闭</translation>
    </message>
    <message>
        <source>hidden until all views were visited</source>
        <translation>看完全部图像前隐藏</translation>
    </message>
    <message>
        <source>classifier: {}</source>
        <translation>分类器：{}</translation>
    </message>
</context>
<context>
    <name>ReadingState</name>
    <message>
        <source>in progress by {}</source>
        <translation>{} 进行中</translation>
    </message>
    <message>
        <source>read by {}</source>
        <translation>{} 已读</translation>
    </message>
    <message>
        <source>new</source>
        <translation>新</translation>
    </message>
    <message>
        <source>in progress</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>read</source>
        <translation>已读</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>, patient identity may be burned into the pixels: {views}</source>
        <translation>，患者身份可能已烧录在像素中：{views}</translation>
    </message>
    <message>
        <source>mammoview assessment</source>
        <translation>mammoview 评估</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>density {}</source>
        <translation>密度 {}</translation>
    </message>
    <message>
        <source>Patient: {}</source>
        <translation>患者：{}</translation>
    </message>
    <message>
        <source>Study date: {}</source>
        <translation>检查日期：{}</translation>
    </message>
    <message>
        <source>Reader: {}</source>
        <translation>阅片者：{}</translation>
    </message>
    <message>
        <source>State: {}</source>
        <translation>状态：{}</translation>
    </message>
    <message>
        <source>Written: {}</source>
        <translation>写入时间：{}</translation>
    </message>
    <message>
        <source>Without picture here: {}</source>
        <translation>此处无图：{}</translation>
    </message>
    <message>
        <source>Classifier: {}</source>
        <translation>分类器：{}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>Classifier {}, {}, {}:</source>
        <translation>分类器 {}，{}，{}：</translation>
    </message>
    <message>
        <source>Scores are for a prevalence of {site}; the model is calibrated at {calibrated}.</source>
        <translation>评分按患病率 {site} 计；模型在 {calibrated} 的患病率下校准。</translation>
    </message>
    <message>
        <source>Right breast</source>
        <translation>右乳</translation>
    </message>
    <message>
        <source>Left breast</source>
        <translation>左乳</translation>
    </message>
    <message>
        <source>finding, not described</source>
        <translation>征象，未描述</translation>
    </message>
    <message>
        <source>no study is open</source>
        <translation>未打开检查</translation>
    </message>
    <message>
        <source>open one first</source>
        <translation>请先打开一项</translation>
    </message>
    <message>
        <source>{path}: cannot be written: {reason}</source>
        <translation>{path}：无法写入：{reason}</translation>
    </message>
    <message>
        <source>name another place</source>
        <translation>请指定其他位置</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Export assessment</source>
        <translation>导出评估</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>With patient identity</source>
        <translation>含患者身份</translation>
    </message>
    <message>
        <source>JSON with every version, and a PDF with the views beside it. Both name the reader.</source>
        <translation>JSON 含全部版本，旁附含图像的 PDF。两者均注明阅片者。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
</context>
<context>
    <name>RetrieveDialog</name>
    <message>
        <source>Retrieve from an archive</source>
        <translation>从影像归档调取</translation>
    </message>
    <message>
        <source>Archives…</source>
        <translation>影像归档…</translation>
    </message>
    <message>
        <source>family^given, or the beginning of it</source>
        <translation>姓^名，或其开头</translation>
    </message>
    <message>
        <source>YYYY-MM-DD</source>
        <translation>年-月-日</translation>
    </message>
    <message>
        <source>Mammography only</source>
        <translation>仅乳腺 X 线摄影</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>Retrieve and open</source>
        <translation>调取并打开</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>患者 ID</translation>
    </message>
    <message>
        <source>Study date</source>
        <translation>检查日期</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Accession number</source>
        <translation>检查号</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>查找结果</translation>
    </message>
    <message>
        <source>&amp;Archive</source>
        <translation>影像归档(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>姓名(&amp;N)</translation>
    </message>
    <message>
        <source>Patient &amp;ID</source>
        <translation>患者 ID(&amp;I)</translation>
    </message>
    <message>
        <source>Acce&amp;ssion number</source>
        <translation>检查号(&amp;S)</translation>
    </message>
    <message>
        <source>Studies f&amp;rom</source>
        <translation>检查日期自(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;to</source>
        <translation>至(&amp;T)</translation>
    </message>
    <message>
        <source>no archive is known: add one first</source>
        <translation>尚无影像归档：请先添加</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{} is no date</source>
        <translation>{} 不是日期</translation>
    </message>
    <message>
        <source>write it as YYYY-MM-DD</source>
        <translation>请写成 年-月-日，如 2026-01-31</translation>
    </message>
    <message>
        <source>asking {}</source>
        <translation>正在询问 {}</translation>
    </message>
    <message>
        <source>{}, there may be more: ask more closely</source>
        <translation>{}，可能还有更多：请缩小范围</translation>
    </message>
    <message>
        <source>retrieving from {}</source>
        <translation>正在从 {} 调取</translation>
    </message>
    <message>
        <source>{done} of {total} images</source>
        <translation>{done} / {total} 幅图像</translation>
    </message>
    <message>
        <source>{here} of {total} images are here, and stay</source>
        <translation>{total} 幅图像中的 {here} 幅已在本机并保留</translation>
    </message>
    <message>
        <source>the others did not come</source>
        <translation>其余未到达</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>正在取消</translation>
    </message>
</context>
<context>
    <name>ScoreRow</name>
    <message>
        <source>above</source>
        <translation>高于</translation>
    </message>
    <message>
        <source>below</source>
        <translation>低于</translation>
    </message>
</context>
<context>
    <name>SecondWindow</name>
    <message>
        <source>mammoview, second monitor</source>
        <translation>mammoview，第二显示器</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>the settings in {} cannot be read: starting with the defaults</source>
        <translation>无法读取 {} 中的设置：以默认值启动</translation>
    </message>
    <message>
        <source>the settings cannot be written to {}</source>
        <translation>无法将设置写入 {}</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Assessment</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Classifier</source>
        <translation>分类器</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Shown</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>色图</translation>
    </message>
    <message>
        <source>Grey levels</source>
        <translation>灰阶</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Free text of the case</source>
        <translation>病例自由文本</translation>
    </message>
    <message>
        <source>no model loaded</source>
        <translation>未加载模型</translation>
    </message>
    <message>
        <source>shown: {}</source>
        <translation>显示：{}</translation>
    </message>
    <message>
        <source>study</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>no right views</source>
        <translation>无右侧视图</translation>
    </message>
    <message>
        <source>left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>Go to the highest score of this breast</source>
        <translation>转到此侧乳腺最高评分处</translation>
    </message>
    <message>
        <source>operating point {}</source>
        <translation>工作点 {}</translation>
    </message>
    <message>
        <source>no left views</source>
        <translation>无左侧视图</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>not run: a view cannot be read</source>
        <translation>未运行：有视图无法读取</translation>
    </message>
    <message>
        <source>not run: no view that may be judged</source>
        <translation>未运行：没有可评判的图像</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>not run: {}</source>
        <translation>未运行：{}</translation>
    </message>
    <message>
        <source>refused: {}</source>
        <translation>已拒绝：{}</translation>
    </message>
    <message>
        <source>Show this view where the response is strongest</source>
        <translation>在响应最强处显示此图像</translation>
    </message>
    <message>
        <source>own  {}</source>
        <translation>自定义  {}</translation>
    </message>
    <message>
        <source>not started</source>
        <translation>未启动</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>scoring</source>
        <translation>评分中</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Files that were refused, with cause and cure</source>
        <translation>被拒绝的文件及其原因与处理</translation>
    </message>
    <message>
        <source>model {title}: {state}</source>
        <translation>模型 {title}：{state}</translation>
    </message>
    <message>
        <source>model: {state}</source>
        <translation>模型：{state}</translation>
    </message>
    <message>
        <source>prefetched {}</source>
        <translation>已预取 {}</translation>
    </message>
</context>
<context>
    <name>StepKeys</name>
    <message>
        <source>is not the name of one key</source>
        <translation>不是单个按键的名称</translation>
    </message>
    <message>
        <source>belongs to “{}”</source>
        <translation>属于“{}”</translation>
    </message>
    <message>
        <source>moves the picture while it is held</source>
        <translation>按住时移动图像</translation>
    </message>
    <message>
        <source>belongs to the step “{}”</source>
        <translation>属于步骤“{}”</translation>
    </message>
    <message>
        <source>hanging protocol “{}”, step “{}”: the key {} {} (give it another key)</source>
        <translation>悬挂协议“{}”，步骤“{}”：按键 {} {}（请改用其他按键）</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>no hanging protocol is for this study</source>
        <translation>没有适用于此检查的悬挂协议</translation>
    </message>
    <message>
        <source>this was the last step of the last study</source>
        <translation>这是最后一项检查的最后一步</translation>
    </message>
    <message>
        <source>this is the first step of the study</source>
        <translation>这是检查的第一步</translation>
    </message>
    <message>
        <source>this study has no such step</source>
        <translation>此检查没有该步骤</translation>
    </message>
    <message>
        <source>there is no prior study to compare with</source>
        <translation>没有可对比的既往检查</translation>
    </message>
    <message>
        <source>no step of this study is gone through part by part</source>
        <translation>此检查没有逐部分浏览的步骤</translation>
    </message>
    <message>
        <source>there is no prior study with these views</source>
        <translation>没有含这些图像的既往检查</translation>
    </message>
    <message>
        <source>there are no further images in this study</source>
        <translation>此检查没有其他图像</translation>
    </message>
</context>
<context>
    <name>StudyPanel</name>
    <message>
        <source>Studies</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Other images  {}</source>
        <translation>其他图像  {}</translation>
    </message>
    <message>
        <source>prior {}</source>
        <translation>既往 {}</translation>
    </message>
    <message>
        <source>prior  {}</source>
        <translation>既往  {}</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>无日期</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>图片</translation>
    </message>
</context>
<context>
    <name>StudyTable</name>
    <message>
        <source>Date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>ID</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>Priors</source>
        <translation>既往</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>The score of another model than the one that is loaded, or of another version of mammoview</source>
        <translation>非当前载入模型或其他版本 mammoview 的评分</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>无日期</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>无姓名</translation>
    </message>
    <message>
        <source>the files are gone</source>
        <translation>文件已不存在</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>隐藏</translation>
    </message>
</context>
<context>
    <name>ToolBench</name>
    <message>
        <source>Describe the finding…</source>
        <translation>描述征象…</translation>
    </message>
    <message>
        <source>Change the text…</source>
        <translation>更改文字…</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>One line, at most {} letters</source>
        <translation>一行，最多 {} 个字符</translation>
    </message>
</context>
<context>
    <name>ToolCommands</name>
    <message>
        <source>the screen is calibrated</source>
        <translation>屏幕已校准</translation>
    </message>
    <message>
        <source>the screen is calibrated; {} shows true size</source>
        <translation>屏幕已校准；{} 显示真实尺寸</translation>
    </message>
    <message>
        <source>calibrate the screen</source>
        <translation>请校准屏幕</translation>
    </message>
    <message>
        <source>the size of this screen&apos;s pixels is not known</source>
        <translation>此屏幕的像素大小未知</translation>
    </message>
    <message>
        <source>there is no image to show in true size</source>
        <translation>没有可按真实尺寸显示的图像</translation>
    </message>
    <message>
        <source>this view has no pixel spacing, so its true size is not known</source>
        <translation>此图像无像素间距，真实尺寸未知</translation>
    </message>
    <message>
        <source>true size is beyond the range of the zoom</source>
        <translation>真实尺寸超出缩放范围</translation>
    </message>
    <message>
        <source>true size, {}</source>
        <translation>真实尺寸，{}</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>ruler: from end to end</source>
        <translation>标尺：从一端到另一端</translation>
    </message>
    <message>
        <source>angle: an end, the vertex, the other end</source>
        <translation>角度：一端、顶点、另一端</translation>
    </message>
    <message>
        <source>ellipse: from corner to corner of its box</source>
        <translation>椭圆：从外框一角到对角</translation>
    </message>
    <message>
        <source>region: draw around it</source>
        <translation>区域：沿边界绘制</translation>
    </message>
    <message>
        <source>arrow: from its tail to what it points at</source>
        <translation>箭头：从尾部到所指处</translation>
    </message>
    <message>
        <source>text: click where it is to stand</source>
        <translation>文字：在放置处单击</translation>
    </message>
    <message>
        <source>finding: click on it, or draw around it</source>
        <translation>征象：单击或沿边界绘制</translation>
    </message>
    <message>
        <source>nipple: click on it</source>
        <translation>乳头：单击</translation>
    </message>
    <message>
        <source>{}; Shift keeps the tool, Esc gives it up</source>
        <translation>{}；Shift 保留工具，Esc 放下</translation>
    </message>
    <message>
        <source>no mark is selected</source>
        <translation>未选择标记</translation>
    </message>
    <message>
        <source>click on one</source>
        <translation>请单击一个标记</translation>
    </message>
    <message>
        <source>there is nothing to take back</source>
        <translation>没有可撤销的操作</translation>
    </message>
    <message>
        <source>there is nothing to do again</source>
        <translation>没有可重做的操作</translation>
    </message>
    <message>
        <source>the {kind} has no extent and was not kept</source>
        <translation>{kind}：没有大小，未保留</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>4-up</source>
        <translation>四幅</translation>
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
        <translation>单幅</translation>
    </message>
    <message>
        <source>Prior</source>
        <translation>既往</translation>
    </message>
    <message>
        <source>1:1</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适合窗口</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>联动</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Tool: {name}</source>
        <translation>工具：{name}</translation>
    </message>
    <message>
        <source>no study</source>
        <translation>无检查</translation>
    </message>
    <message>
        <source>{} of {}</source>
        <translation>{}/{}</translation>
    </message>
    <message>
        <source>pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>prior</source>
        <translation>既往</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Four views at one scale</source>
        <translation>四幅图像，同一比例</translation>
    </message>
    <message>
        <source>Right views hang at the left and chest walls meet in the middle. {single} or a double click shows the active view alone, {four} all four.</source>
        <translation>右侧图像挂在左边，胸壁在中线相接。{single} 或双击仅显示当前图像，{four} 显示全部四幅。</translation>
    </message>
    <message>
        <source>Window and level</source>
        <translation>窗宽窗位</translation>
    </message>
    <message>
        <source>Drag in an image: to the right the window gets wider, downwards darker. The wheel zooms, the middle button pans, {reset} takes all of it back.</source>
        <translation>在图像中拖动：向右窗变宽，向下变暗。滚轮缩放，中键平移，{reset} 全部还原。</translation>
    </message>
    <message>
        <source>Step by step</source>
        <translation>逐步阅片</translation>
    </message>
    <message>
        <source>{next-step} takes the next step of the hanging protocol. {cc-step} and {mlo-step} go to the CC and the MLO pair, {compare} shows current against prior.</source>
        <translation>{next-step} 进入悬挂协议的下一步。{cc-step} 和 {mlo-step} 转到 CC 与 MLO 双侧，{compare} 显示当前与既往对比。</translation>
    </message>
    <message>
        <source>Marks</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>{ruler} measures, {ellipse} tells the greys of a region, {finding} marks a finding and asks for its terms. {undo} takes back. The button above has all tools.</source>
        <translation>{ruler} 测量，{ellipse} 给出区域灰度，{finding} 标记征象并询问术语。{undo} 撤销。上方按钮含全部工具。</translation>
    </message>
    <message>
        <source>The classifier</source>
        <translation>分类器</translation>
    </message>
    <message>
        <source>It runs on this computer; {heat} lays its heat map over the views. It keeps silent until you have looked at every view or ask with {reveal}, but not on the demonstration study. {reading-mode} changes that.</source>
        <translation>它在本机运行；{heat} 将热图叠加到视图上。在您看过每个视图或按 {reveal} 询问之前，它保持沉默，演示检查除外。{reading-mode} 可更改。</translation>
    </message>
    <message>
        <source>Your assessment</source>
        <translation>您的评估</translation>
    </message>
    <message>
        <source>{birads-1} and its neighbours give the active breast its BI-RADS category, {density-b} its density. {finish} finishes the case. All is kept at once.</source>
        <translation>{birads-1} 及相邻键给出当前乳腺的 BI-RADS 分类，{density-b} 给出密度。{finish} 完成病例。一切即时保存。</translation>
    </message>
    <message>
        <source>The library</source>
        <translation>检查库</translation>
    </message>
    <message>
        <source>{library} shows every study that was ever opened, with how far it is read, and takes you back. {find} searches in it.</source>
        <translation>{library} 显示所有打开过的检查及阅片状态，再按返回。{find} 在其中查找。</translation>
    </message>
    <message>
        <source>All keys</source>
        <translation>全部快捷键</translation>
    </message>
    <message>
        <source>{keys} shows every command with its key. {tour} begins this tour again.</source>
        <translation>{keys} 显示每个命令及其快捷键。{tour} 重新开始导览。</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一个</translation>
    </message>
    <message>
        <source>End</source>
        <translation>结束</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number}/{count}</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
</context>
<context>
    <name>UnkeptButton</name>
    <message>
        <source>What the library could not keep is tried again every few seconds. Click to try it now.</source>
        <translation>检查库未能保存的内容每隔几秒重试一次。单击立即重试。</translation>
    </message>
</context>
<context>
    <name>Unshown</name>
    <message>
        <source>a mask subtraction is not shown</source>
        <translation>不显示蒙片减影</translation>
    </message>
    <message>
        <source>Image Rotation is no quarter turn: left out</source>
        <translation>Image Rotation 不是 90° 的倍数：已忽略</translation>
    </message>
    <message>
        <source>a displayed area cannot be read or lies outside: the whole image is meant</source>
        <translation>显示区域无法读取或位于图像之外：按整幅图像处理</translation>
    </message>
    <message>
        <source>true size is not kept: its part fills the view</source>
        <translation>不保持真实尺寸：该部分充满视图</translation>
    </message>
    <message>
        <source>Presentation LUT Shape is unknown: left out</source>
        <translation>Presentation LUT Shape 未知：已忽略</translation>
    </message>
    <message>
        <source>its presentation LUT cannot be read: left out</source>
        <translation>其 Presentation LUT 无法读取：已忽略</translation>
    </message>
    <message>
        <source>its window cannot be read: left out</source>
        <translation>其窗设置无法读取：已忽略</translation>
    </message>
    <message>
        <source>its modality LUT is not the image&apos;s, and its window cannot be said without it: both are left out</source>
        <translation>其 Modality LUT 与图像的不同，没有它就无法表示其窗设置：两者均已忽略</translation>
    </message>
    <message>
        <source>its window and LUTs would show nothing of the image: left out</source>
        <translation>其窗设置和 LUT 会使图像完全不可见：已忽略</translation>
    </message>
    <message>
        <source>a shutter cannot be read: left out</source>
        <translation>遮光器无法读取：已忽略</translation>
    </message>
    <message>
        <source>its shutters would hide the whole image: left out</source>
        <translation>其遮光器会遮住整幅图像：已忽略</translation>
    </message>
    <message>
        <source>an overlay plane that it does not activate is not shown</source>
        <translation>不显示其未激活的叠加层</translation>
    </message>
    <message>
        <source>an overlay plane cannot be read: left out</source>
        <translation>叠加层无法读取：已忽略</translation>
    </message>
    <message>
        <source>a compound graphic is of a kind or has points that are not understood: not shown</source>
        <translation>复合图形的类型或点无法识别：不显示</translation>
    </message>
    <message>
        <source>places in three dimensions are not shown: a mammogram has no position in the patient</source>
        <translation>不显示三维位置：乳腺 X 线图像没有患者体内的空间位置</translation>
    </message>
</context>
<context>
    <name>ViewGrid</name>
    <message>
        <source>{view}  loading</source>
        <translation>{view}  加载中</translation>
    </message>
</context>
<context>
    <name>Walk</name>
    <message>
        <source>{} of {}: {}</source>
        <translation>{}/{}：{}</translation>
    </message>
    <message>
        <source>part {} of {}</source>
        <translation>部分 {}/{}</translation>
    </message>
    <message>
        <source>prior shown</source>
        <translation>显示既往</translation>
    </message>
    <message>
        <source>current shown</source>
        <translation>显示当前</translation>
    </message>
    <message>
        <source>true size</source>
        <translation>真实尺寸</translation>
    </message>
    <message>
        <source>1:1, as the screen is not calibrated or the pixel spacing not known</source>
        <translation>1:1，因屏幕未校准或像素间距未知</translation>
    </message>
</context>
<context>
    <name>WorkDialog</name>
    <message>
        <source>{phase} {done} of {total}</source>
        <translation>{phase} {done} / {total}</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Refused:</source>
        <translation>被拒绝：</translation>
    </message>
</context>
<context>
    <name>_Sheet</name>
    <message>
        <source>Steps of the hanging protocol</source>
        <translation>悬挂协议的步骤</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>鼠标</translation>
    </message>
</context>
<context>
    <name>_Terms</name>
    <message>
        <source>not described</source>
        <translation>未描述</translation>
    </message>
</context>
</TS>
