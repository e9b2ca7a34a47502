"""Invented data for the workbooks people open, one builder per workbook."""

from __future__ import annotations

from datetime import date, datetime

from processor.workbooks import dev_plan, receipt, ruling_sheet, screening_list, today
from processor.workbooks.receipt import Counts, Finding, Receipt, ReceiptRow
from processor.workbooks.sheets import Book, Value
from processor.workbooks.today import Check, Owed, Pending, Todo

NOW = datetime(2026, 11, 6, 9, 30, 15)

SENT = (
    "序号",
    "客户名称",
    "类别",
    "省",
    "市",
    "区县",
    "需求车型",
    "数量",
    "预计采购时间",
    "联系人",
    "电话",
    "信息内容及进展",
)
FORMULA_TEXT = '=HYPERLINK("http://example.invalid","点我")'


def _row(
    number: int,
    customer: str,
    quantity: object,
    contact: str,
    phone: object,
    *,
    content: str = "已立项，预计12月上旬挂网招标",
) -> tuple[receipt.Plain, ...]:
    cells = (
        number,
        customer,
        "企事业单位",
        "安徽省",
        "芜湖市",
        "鸠江区",
        "瑞虎8",
        quantity,
        date(2026, 12, 1),
        contact,
        phone,
        content,
    )
    return cells  # type: ignore[return-value]


NO_CONTACT = Finding(
    "缺少第三方联系人，无法甄别真实性",
    "第5.2条",
    "填写客户单位经办人姓名，例如 李强",
    column="联系人",
    cell="J8",
    refuses=True,
)
NO_PHONE = Finding(
    "联系方式不是可用的电话、邮箱或微信",
    "第5.2条",
    "填写手机或带区号的座机，例如 0553-6812345",
    column="电话",
    cell="K8",
    found="13800000000",
)
TOO_FEW = Finding("标的量 2 台，不足 3 台，视为无效", "第5.4条", "", column="数量", found="2")
THIN = Finding(
    "信息内容过于简单",
    "第5.2条",
    "写明需求、进展和时间，不少于 10 字",
    column="信息内容及进展",
    found="要买车",
    refuses=False,
)


def lead_receipt() -> Receipt:
    """A receipt with every outcome, hostile text, salvages and own leads."""
    rows = (
        ReceiptRow(
            6,
            _row(1, "芜湖江东物流有限公司", 12, "李强", "0553-6812345"),
            "待甄别",
            "DKH202611-0007",
            "芜湖江东物流有限公司",
        ),
        ReceiptRow(
            7,
            _row(2, "繁昌县第一中学", 5.0, "周洁", 13955301234.0, content="要买车"),
            "请补充",
            "DKH202611-0008",
            "繁昌县第一中学",
            (THIN,),
        ),
        ReceiptRow(
            8,
            _row(3, FORMULA_TEXT, 20, "", "13800000000"),
            "不予接收",
            "",
            FORMULA_TEXT,
            (NO_PHONE, NO_CONTACT),
        ),
        ReceiptRow(
            9,
            _row(4, "无为市城投物业有限公司", 2, "孙平", "0553-2288771"),
            "无效",
            "DKH202611-0009",
            "无为市城投物业有限公司",
            (TOO_FEW,),
        ),
        ReceiptRow(
            10,
            _row(5, "南陵县教育局", 8, "吴敏", "0553-6822001"),
            "重复",
            "DKH202611-0010",
            "南陵县教育局",
            related="该客户已于 2026-11-03 由其他单位先报",
        ),
        ReceiptRow(
            11,
            _row(6, "芜湖市镜湖区环境卫生管理所", "十五台", "陈东", "18955309876"),
            "疑似重复",
            "DKH202611-0011",
            "芜湖市镜湖区环境卫生管理所",
            related="与已有信息疑似重复，等待裁定，结果另行回复",
        ),
    )
    return Receipt(
        unit="芜湖市江城汽车销售有限公司",
        unit_code="D0012",
        file_name="11月大客户信息.xlsx",
        received=NOW,
        batch="PC20261106-0003",
        edition="DKHW080004 第四版",
        counts=Counts(
            read=8,
            accepted=5,
            remind=1,
            refused=1,
            invalid=2,
            suspected=1,
            duplicate=1,
            pending=1,
            known=1,
            blank=1,
        ),
        mapping=(("客户名称", "客户单位全称"), ("数量", "标的量(台)"), ("电话", "联系方式")),
        salvages=(
            "「数量」（H11）“十五台”读作“15”",
            "「电话」（K7）“13955301234.0”读作“13955301234”",
        ),
        notes=("文件含宏，未执行。",),
        block=(("提报人", "王明"), ("提报人电话", "13812345678"), ("提报日期", "2026-11-05")),
        columns=SENT,
        rows=rows,
        own_leads=(
            {
                "信息编号": "DKH202610-0031",
                "受理时间": datetime(2026, 10, 12, 8, 5, 3),
                "客户单位全称": "芜湖市公交集团有限公司",
                "意向车型": "大蚂蚁",
                "标的量(台)": 30,
                "状态": "有效",
                "到期日期": date(2027, 3, 31),
                "计入提报量": "是",
                "说明": None,
            },
        ),
    )


def refused_receipt() -> Receipt:
    """A file refused as a whole."""
    return Receipt(
        unit="未识别单位",
        file_name="信息表(最终版).xls",
        received=NOW,
        batch="PC20261106-0004",
        edition="DKHW080004 第四版",
        refused="文件中找不到「联系方式」列，按统一模板要求整份不予接收。",
        findings=(
            Finding(
                "缺少「联系方式」列",
                "第5.2条",
                "使用最新模板，或补上「联系方式」列后重新投递",
                cell="第4行",
            ),
        ),
        correct=("请使用模板《大客户信息记录表》，填好后放入本单位收件目录。",),
    )


def screening_rows() -> list[dict[str, Value]]:
    customers = (
        ("芜湖江东物流有限公司", "企事业单位", 12, 6, "疑与在途信息同一地址"),
        ("南陵县公安局", "公检法司", 20, 5, ""),
        ("繁昌县第一中学", "企事业单位", 5, 9, "联系人电话与另一客户相同；预计时间较远"),
    )
    return [
        {
            "信息编号": f"DKH202611-{index + 7:04}",
            "转办时间": datetime(2026, 11, 4, 9, 12),
            "应反馈时间": datetime(2026, 11, day, 17, 30),
            "科室": "政企开发科",
            "项目责任人": "孙工",
            "客户全称": name,
            "采购类别": category,
            "省": "安徽省",
            "市": "芜湖市",
            "县(区)": "南陵县",
            "意向车型": "瑞虎8;艾瑞泽5",
            "标的量(台)": quantity,
            "客户联系人(第三方)": "李强",
            "联系方式": "0553-6812345",
            "信息内容": "已立项，预计12月上旬挂网招标，采购执法用车，预算已批复，需提供样车试驾",
            "重点": "是" if quantity >= 10 else "否",
            "疑点提示": hint,
        }
        for index, (name, category, quantity, day, hint) in enumerate(customers)
    ]


def ruling_rows() -> list[dict[str, Value]]:
    row: dict[str, Value] = {
        "裁定编号": "CD202611-0003",
        "生成时间": NOW,
        "相似度": 88,
        "证据": "字号相同；地区相同；电话尾号4位相同；车型不同",
        "系统建议": "同单位不同项目",
        "涉及金额": "是",
    }
    sides = (
        ("先报", "DKH202611-0001", 3, "南陵县公安局", "瑞虎8", 12, 12),
        ("后报", "DKH202611-0014", 5, "南陵县公安局交警大队", "艾瑞泽5", 15, 12),
    )
    for side, number, day, name, model, quantity, month in sides:
        row |= {
            side + "信息编号": number,
            side + "单位类型": "经销商",
            side + "受理时间": datetime(2026, 11, day, 8, 12, 33),
            side + "客户全称": name,
            side + "地区": "安徽省芜湖市南陵县",
            side + "车型": model,
            side + "标的量": quantity,
            side + "预计时间": date(2026, month, 1),
            side + "联系方式": "0553****345",
        }
    return [row]


def project_rows() -> list[dict[str, Value]]:
    cases = (
        ("LX2026-0150", "投标", 12, 0, date(2026, 11, 12), date(2026, 11, 10), "瑞虎8"),
        ("LX2026-0151", "签约", 25, 9, date(2027, 3, 31), date(2026, 11, 20), "艾瑞泽5"),
        ("LX2026-0152", "提车", 10, 4, date(2027, 1, 15), None, "大蚂蚁"),
        ("LX2026-0153", "初访", 30, 0, date(2026, 11, 28), None, "瑞虎8;艾瑞泽5"),
    )
    return [
        {
            "立项编号": number,
            "立项日期": date(2026, 10, 12),
            "信息编号": f"DKH202610-{index + 31:04}",
            "客户全称": "芜湖市公交集团有限公司",
            "类别": "企事业单位",
            "地区": "安徽省芜湖市鸠江区",
            "车型": model,
            "标的量": quantity,
            "重点": "是",
            "来源单位": "区域营销一部",
            "承办经销商": "芜湖江城",
            "大客户部跟进人": "孙工",
            "阶段": stage,
            "下一步行动": "送标书样车" if step else None,
            "下一步日期": step,
            "到期日期": expires,
            "预计签约": date(2026, 12, 20),
            "竞争情况": "哈弗H6 报价低 3%",
            "最近沟通": "10-28 电话",
            "合同编号": "HT-2026-0881" if taken else None,
            "累计提车": taken,
        }
        for index, (number, stage, quantity, taken, expires, step, model) in enumerate(cases)
    ]


def today_data() -> today.Today:
    return today.Today(
        made=NOW,
        todos=(
            Todo(
                2,
                "裁定疑似重复",
                "3 对信息待裁定，其中 1 对涉及金额",
                3,
                "第5.1条",
                datetime(2026, 11, 6, 17, 30),
                file="裁定/疑似重复裁定表_2026-11-06.xlsx",
            ),
            Todo(
                1,
                "处理隔离文件",
                "“报价#1 50%.xlsx”解压后超过上限，已隔离，请联系提报单位重发",
                1,
                file="../archive/隔离/报价#1 50%.xlsx",
                place="打开隔离文件夹",
            ),
            Todo(
                2,
                "登记通报发布时间",
                "2026-10-30 期通报已生成，尚未登记内网发布时间",
                1,
                "第6.1条",
                datetime(2026, 11, 10, 17, 30),
                tentative=True,
                file="通报/2026-10/大客户信息提报情况通报_2026-10-30.xlsx",
            ),
            Todo(3, "申报表无对应信息", "SB2026-0077 找不到对应信息，不产生效力"),
        ),
        owed=(
            Owed(
                "孙工",
                "政企开发科",
                "甄别反馈",
                "DKH202611-0003",
                datetime(2026, 11, 5, 17, 30),
                days_late=1,
                amount=100,
                clause="第7.3.1条",
            ),
            Owed(
                "赵丽",
                "销售支持科",
                "合同登记汇总表",
                "2026-10",
                datetime(2026, 11, 6, 17, 30),
                amount=100,
                clause="第7.3.3条",
                note="本月 2 日为非工作日，已顺延",
            ),
            Owed(
                "李工",
                "租赁开发科",
                "甄别反馈",
                "DKH202612-0003",
                datetime(2027, 1, 4, 17, 30),
                tentative=True,
                amount=100,
                clause="第7.3.1条",
            ),
        ),
        pending=(
            Pending(
                "master/大客户信息台账.xlsx", "文件正被打开（张敏）", datetime(2026, 11, 6, 9, 0)
            ),
        ),
        runs=(
            {
                "运行时间": NOW,
                "文件数": 5,
                "接收文件": 2,
                "重复文件": 1,
                "拒收文件": 1,
                "隔离文件": 1,
                "等待文件": 0,
                "忽略文件": 0,
                "读取行": 20,
                "接收行": 15,
                "不予接收行": 3,
                "空行": 1,
                "已知行": 1,
                "发布": 9,
                "待发布": 1,
                "结果": "需要人工处理",
            },
        ),
        checks=(
            Check(
                "文件数",
                5,
                (("接收", 2), ("重复", 1), ("拒收", 1), ("隔离", 1), ("等待", 0), ("忽略", 0)),
            ),
            Check("读取行", 20, (("接收", 15), ("不予接收", 3), ("空行", 1), ("已知", 1))),
            Check("信息总量", 134, (("有效", 90), ("无效（含重复）", 24), ("待甄别", 20))),
        ),
        warnings=("2027 年工作日历尚未公布，相关期限为暂定。",),
    )


CLAUSES = (("第6.3条", "对于有效信息要注明到期日期，并在两个工作日内反馈"),)


def books() -> dict[str, Book]:
    """Every workbook of this room with the invented data above."""
    return {
        "receipt": receipt.plan(lead_receipt()),
        "receipt_refused": receipt.plan(refused_receipt()),
        "screening_list": screening_list.plan("政企开发科", NOW, screening_rows(), clauses=CLAUSES),
        "ruling_sheet": ruling_sheet.plan(NOW, ruling_rows()),
        "dev_plan": dev_plan.plan(NOW, project_rows()),
        "today": today.plan(today_data()),
        "today_empty": today.plan(today.Today(NOW)),
    }
