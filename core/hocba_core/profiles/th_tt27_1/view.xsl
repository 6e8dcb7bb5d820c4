<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"
    exclude-result-prefixes="ds xades">
  <!-- The record as a page that a person can read. It judges nothing: that is what verifying is for. -->
  <xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>

  <xsl:template match="/">
    <xsl:variable name="record" select="HOC_BA/DU_LIEU_HOC_BA/THONG_TIN_HOC_BA"/>
    <html lang="vi">
      <head>
        <meta charset="UTF-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>Học bạ tiểu học – <xsl:value-of select="$record/HOC_SINH/HO_VA_TEN"/> – <xsl:value-of select="$record/TEN_LOP"/></title>
        <style>
          body { margin: 0; background: #eceff1; color: #1b1b1b; font: 16px/1.5 "Be Vietnam Pro", "Segoe UI", Arial, sans-serif; }
          main { max-width: 60rem; margin: 1.5rem auto; padding: 2rem 2.5rem; background: #fff; box-shadow: 0 1px 4px #0003; }
          header { text-align: center; }
          header p { margin: 0; }
          h1 { margin: 1rem 0 .25rem; font-size: 1.6rem; text-transform: uppercase; }
          h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; border-bottom: 2px solid #0b5394; color: #0b5394; }
          table { width: 100%; border-collapse: collapse; }
          th, td { padding: .35rem .5rem; border: 1px solid #b8c0c6; text-align: left; vertical-align: top; }
          thead th { background: #e8f0f8; text-align: center; }
          td.mark { text-align: center; white-space: nowrap; }
          dl { display: grid; grid-template-columns: minmax(11rem, 30%) 1fr; gap: .2rem 1rem; margin: 0; }
          dt { color: #51606b; }
          dd { margin: 0; white-space: pre-line; }
          td { white-space: pre-line; }
          .signed { color: #1b6e2d; } .unsigned { color: #9a3b00; }
          footer { margin-top: 2rem; padding-top: .75rem; border-top: 1px solid #b8c0c6; color: #51606b; font-size: .85rem; overflow-wrap: anywhere; }
          @media (max-width: 40rem) { main { margin: 0; padding: 1rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
          @media print { body { background: #fff; } main { margin: 0; padding: 0; max-width: none; box-shadow: none; } tr { break-inside: avoid; } }
        </style>
      </head>
      <body>
        <main>
          <header>
            <p><xsl:value-of select="$record/TEN_SO_GD"/></p>
            <p><strong><xsl:value-of select="$record/TEN_TRUONG"/></strong></p>
            <p><xsl:value-of select="$record/TEN_XA"/>, <xsl:value-of select="$record/TEN_TINH"/></p>
            <h1>Học bạ tiểu học</h1>
            <p>Năm học <xsl:value-of select="$record/NAM_HOC"/> · Lớp <xsl:value-of select="$record/TEN_LOP"/></p>
            <p>Theo Thông tư <xsl:value-of select="$record/THONG_TU"/></p>
          </header>

          <h2>Học sinh</h2>
          <dl><xsl:apply-templates select="$record/HOC_SINH/*[. != '']" mode="row"/></dl>

          <xsl:if test="$record/QUA_TRINH_HOC_TAP/QUA_TRINH">
            <h2>Quá trình học tập</h2>
            <table>
              <thead><tr><xsl:apply-templates select="$record/QUA_TRINH_HOC_TAP/QUA_TRINH[1]/*" mode="head"/></tr></thead>
              <tbody>
                <xsl:for-each select="$record/QUA_TRINH_HOC_TAP/QUA_TRINH">
                  <tr><xsl:apply-templates select="*" mode="cell"/></tr>
                </xsl:for-each>
              </tbody>
            </table>
          </xsl:if>

          <h2>Kết quả các môn học và hoạt động giáo dục</h2>
          <table>
            <thead>
              <tr>
                <xsl:apply-templates select="($record/DANH_SACH_DIEM/DIEM_TONG_KET/MON_HOC)[1]/*[not(self::MA_MON)]" mode="head"/>
                <xsl:if test="$record/DANH_SACH_DIEM/DIEM_TONG_KET/GVBM"><th scope="col">Giáo viên bộ môn</th></xsl:if>
              </tr>
            </thead>
            <tbody>
              <xsl:for-each select="$record/DANH_SACH_DIEM/DIEM_TONG_KET/MON_HOC">
                <tr>
                  <xsl:apply-templates select="*[not(self::MA_MON)]" mode="cell"/>
                  <xsl:if test="../GVBM">
                    <td>
                      <xsl:value-of select="../GVBM/HO_TEN"/>
                      <xsl:call-template name="signed">
                        <xsl:with-param name="slot" select="//GVBM[@Id = current()/../GVBM/@CHU_KY]"/>
                      </xsl:call-template>
                    </td>
                  </xsl:if>
                </tr>
              </xsl:for-each>
            </tbody>
          </table>

          <h2>Kết quả cả năm</h2>
          <dl><xsl:apply-templates select="$record/KET_QUA/*[. != '']" mode="row"/></dl>

          <h2>Người ký</h2>
          <table>
            <tbody>
              <tr>
                <th scope="row">Giáo viên chủ nhiệm</th>
                <td>
                  <xsl:value-of select="$record/NGUOI_KY/GVCN/HO_TEN"/>
                  <xsl:call-template name="signed">
                    <xsl:with-param name="slot" select="HOC_BA/DU_LIEU_HOC_BA/DANH_SACH_THONG_TIN_KY/GVCN"/>
                  </xsl:call-template>
                </td>
              </tr>
              <tr>
                <th scope="row">
                  <xsl:choose>
                    <xsl:when test="$record/NGUOI_KY/CBQL/CHUC_VU != ''"><xsl:value-of select="$record/NGUOI_KY/CBQL/CHUC_VU"/></xsl:when>
                    <xsl:otherwise>Lãnh đạo nhà trường</xsl:otherwise>
                  </xsl:choose>
                </th>
                <td>
                  <xsl:value-of select="$record/NGUOI_KY/CBQL/HO_TEN"/>
                  <xsl:call-template name="signed">
                    <xsl:with-param name="slot" select="HOC_BA/PHAT_HANH_HOC_BA/DANH_SACH_CBQL/CBQL"/>
                  </xsl:call-template>
                </td>
              </tr>
              <tr>
                <th scope="row">Nhà trường ký phát hành</th>
                <td>
                  <xsl:value-of select="$record/TEN_TRUONG"/>
                  <xsl:call-template name="signed">
                    <xsl:with-param name="slot" select="HOC_BA/PHAT_HANH_HOC_BA/KY_PHAT_HANH"/>
                  </xsl:call-template>
                </td>
              </tr>
            </tbody>
          </table>

          <footer>
            <p><xsl:value-of select="$record/DIA_DANH_PHAT_HANH"/>, ngày <xsl:call-template name="day"><xsl:with-param name="text" select="$record/NGAY_KY_PHAT_HANH"/></xsl:call-template></p>
            <p>Mã định danh học bạ: <xsl:value-of select="$record/MA_DINH_DANH_HOC_BA"/> · Mã trường: <xsl:value-of select="$record/MA_TRUONG"/> · Mã số thuế: <xsl:value-of select="$record/MA_SO_THUE"/></p>
            <p>Trang này chỉ để đọc. Muốn biết các chữ ký có giá trị hay không, hãy kiểm tra tệp XML bằng chức năng “Kiểm tra chữ ký”.</p>
          </footer>
        </main>
      </body>
    </html>
  </xsl:template>

  <xsl:template name="signed">
    <xsl:param name="slot"/>
    <xsl:variable name="time" select="$slot/ds:Signature//xades:SigningTime"/>
    <xsl:choose>
      <xsl:when test="$time">
        <div class="signed">Có chữ ký số, ghi lúc <xsl:value-of select="substring($time, 12, 5)"/> ngày <xsl:call-template name="day"><xsl:with-param name="text" select="substring($time, 1, 10)"/></xsl:call-template> (giờ UTC)</div>
      </xsl:when>
      <xsl:otherwise><div class="unsigned">Chưa ký</div></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="day">
    <xsl:param name="text"/>
    <xsl:choose>
      <xsl:when test="string-length($text) = 10"><xsl:value-of select="concat(substring($text, 9, 2), '/', substring($text, 6, 2), '/', substring($text, 1, 4))"/></xsl:when>
      <xsl:when test="string-length($text) = 7"><xsl:value-of select="concat(substring($text, 6, 2), '/', substring($text, 1, 4))"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="$text"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="*" mode="row">
    <dt><xsl:apply-templates select="." mode="label"/></dt>
    <dd><xsl:apply-templates select="." mode="value"/></dd>
  </xsl:template>
  <xsl:template match="*" mode="head"><th scope="col"><xsl:apply-templates select="." mode="label"/></th></xsl:template>
  <xsl:template match="*" mode="cell"><td><xsl:apply-templates select="." mode="value"/></td></xsl:template>
  <xsl:template match="HK1|HK2|CA_NAM|KIEM_TRA_LAI|DIEM_KTDK" mode="cell"><td class="mark"><xsl:value-of select="translate(., '.', ',')"/></td></xsl:template>
  <xsl:template match="*" mode="label"><xsl:value-of select="local-name()"/></xsl:template>
  <xsl:template match="*" mode="value"><xsl:value-of select="."/></xsl:template>
  <xsl:template match="NGAY_SINH" mode="value"><xsl:call-template name="day"><xsl:with-param name="text" select="."/></xsl:call-template></xsl:template>
  <xsl:template match="CHIEU_CAO|CAN_NANG" mode="value"><xsl:value-of select="translate(., '.', ',')"/></xsl:template>

  <!-- made from profile.toml: subjects' full names, labels, what code letters mean -->
  <xsl:template match="MON_HOC/TEN_MON" mode="value"><xsl:choose><xsl:when test="../MA_MON = 'TVI'">Tiếng Việt</xsl:when><xsl:when test="../MA_MON = 'TOA'">Toán</xsl:when><xsl:when test="../MA_MON = 'DDU'">Đạo đức</xsl:when><xsl:when test="../MA_MON = 'TDC'">Giáo dục thể chất</xsl:when><xsl:when test="../MA_MON = 'NTH'">Nghệ thuật (Âm nhạc, Mĩ thuật)</xsl:when><xsl:when test="../MA_MON = 'HDT'">Hoạt động trải nghiệm</xsl:when><xsl:when test="../MA_MON = 'NN1'">Ngoại ngữ 1</xsl:when><xsl:when test="../MA_MON = 'TNX'">Tự nhiên và Xã hội</xsl:when><xsl:when test="../MA_MON = 'LSD'">Lịch sử và Địa lí</xsl:when><xsl:when test="../MA_MON = 'KHO'">Khoa học</xsl:when><xsl:when test="../MA_MON = 'TCN'">Tin học và Công nghệ</xsl:when><xsl:when test="../MA_MON = 'AMN'">Âm nhạc</xsl:when><xsl:when test="../MA_MON = 'MTH'">Mĩ thuật</xsl:when><xsl:when test="../MA_MON = 'DTT'">Tiếng dân tộc thiểu số</xsl:when><xsl:otherwise><xsl:value-of select="."/></xsl:otherwise></xsl:choose></xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_DINH_DANH_HOC_BA" mode="label">Mã định danh học bạ</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/THONG_TU" mode="label">Thông tư</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_CAP_HOC" mode="label">Cấp học</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/PHIEN_BAN" mode="label">Phiên bản mẫu</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TRICH_LUC" mode="label">Trích lục từ bản giấy</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TRICH_LUC" mode="value"><xsl:choose><xsl:when test=". = '0'">Không</xsl:when><xsl:when test=". = '1'">Có</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/NAM_HOC" mode="label">Năm học</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/NGAY_TAO" mode="label">Ngày tạo</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_SO_GD" mode="label">Mã Sở GD&amp;ĐT</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TEN_SO_GD" mode="label">Tên Sở GD&amp;ĐT</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_TRUONG" mode="label">Mã trường</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TEN_TRUONG" mode="label">Tên trường</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_SO_THUE" mode="label">Mã số thuế của trường</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TEN_XA" mode="label">Xã, phường</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TEN_TINH" mode="label">Tỉnh, thành phố</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_XA" mode="label">Mã xã, phường</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_TINH" mode="label">Mã tỉnh, thành phố</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/MA_KHOI" mode="label">Khối</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/TEN_LOP" mode="label">Lớp</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/SO_DANG_BO" mode="label">Số đăng bộ</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/DIA_DANH_PHAT_HANH" mode="label">Địa danh phát hành</xsl:template>
  <xsl:template match="THONG_TIN_HOC_BA/NGAY_KY_PHAT_HANH" mode="label">Ngày ký phát hành</xsl:template>
  <xsl:template match="HOC_SINH/HO_VA_TEN" mode="label">Họ và tên</xsl:template>
  <xsl:template match="HOC_SINH/SO_DINH_DANH" mode="label">Số định danh cá nhân</xsl:template>
  <xsl:template match="HOC_SINH/MA_HOC_SINH" mode="label">Mã định danh Bộ GD&amp;ĐT</xsl:template>
  <xsl:template match="HOC_SINH/GIOI_TINH" mode="label">Giới tính</xsl:template>
  <xsl:template match="HOC_SINH/GIOI_TINH" mode="value"><xsl:choose><xsl:when test=". = '0'">Không rõ</xsl:when><xsl:when test=". = '1'">Nam</xsl:when><xsl:when test=". = '2'">Nữ</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="HOC_SINH/NGAY_SINH" mode="label">Ngày sinh</xsl:template>
  <xsl:template match="HOC_SINH/DAN_TOC" mode="label">Dân tộc</xsl:template>
  <xsl:template match="HOC_SINH/QUOC_TICH" mode="label">Quốc tịch</xsl:template>
  <xsl:template match="HOC_SINH/NOI_SINH" mode="label">Nơi sinh</xsl:template>
  <xsl:template match="HOC_SINH/QUE_QUAN" mode="label">Quê quán</xsl:template>
  <xsl:template match="HOC_SINH/NOI_O" mode="label">Chỗ ở hiện nay</xsl:template>
  <xsl:template match="HOC_SINH/DOI_TUONG_CHINH_SACH" mode="label">Diện chính sách</xsl:template>
  <xsl:template match="HOC_SINH/KHUYET_TAT_KHONG_DANH_GIA" mode="label">Khuyết tật không đánh giá</xsl:template>
  <xsl:template match="HOC_SINH/KHUYET_TAT_KHONG_DANH_GIA" mode="value"><xsl:choose><xsl:when test=". = '0'">Không</xsl:when><xsl:when test=". = '1'">Có</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="HOC_SINH/HO_TEN_CHA" mode="label">Họ tên cha</xsl:template>
  <xsl:template match="HOC_SINH/NGHE_NGHIEP_CHA" mode="label">Nghề nghiệp của cha</xsl:template>
  <xsl:template match="HOC_SINH/HO_TEN_ME" mode="label">Họ tên mẹ</xsl:template>
  <xsl:template match="HOC_SINH/NGHE_NGHIEP_ME" mode="label">Nghề nghiệp của mẹ</xsl:template>
  <xsl:template match="HOC_SINH/HO_TEN_GIAM_HO" mode="label">Họ tên người giám hộ</xsl:template>
  <xsl:template match="HOC_SINH/NGHE_NGHIEP_GIAM_HO" mode="label">Nghề nghiệp của người giám hộ</xsl:template>
  <xsl:template match="QUA_TRINH/NAM_HOC" mode="label">Năm học</xsl:template>
  <xsl:template match="QUA_TRINH/TEN_LOP" mode="label">Lớp</xsl:template>
  <xsl:template match="QUA_TRINH/TEN_TRUONG" mode="label">Trường</xsl:template>
  <xsl:template match="QUA_TRINH/TEN_TINH" mode="label">Tỉnh, thành phố</xsl:template>
  <xsl:template match="MON_HOC/MA_MON" mode="label">Mã môn</xsl:template>
  <xsl:template match="MON_HOC/TEN_MON" mode="label">Môn học</xsl:template>
  <xsl:template match="MON_HOC/MUC_DAT_DUOC" mode="label">Mức đạt được</xsl:template>
  <xsl:template match="MON_HOC/MUC_DAT_DUOC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Hoàn thành tốt</xsl:when><xsl:when test=". = 'H'">Hoàn thành</xsl:when><xsl:when test=". = 'C'">Chưa hoàn thành</xsl:when><xsl:when test=". = 'M'">Miễn</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="MON_HOC/DIEM_KTDK" mode="label">Điểm kiểm tra định kỳ</xsl:template>
  <xsl:template match="MON_HOC/NHAN_XET" mode="label">Nhận xét</xsl:template>
  <xsl:template match="KET_QUA/NL_TU_CHU_TU_HOC" mode="label">Năng lực: Tự chủ và tự học</xsl:template>
  <xsl:template match="KET_QUA/NL_TU_CHU_TU_HOC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_GIAO_TIEP_HOP_TAC" mode="label">Năng lực: Giao tiếp và hợp tác</xsl:template>
  <xsl:template match="KET_QUA/NL_GIAO_TIEP_HOP_TAC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_GIAI_QUYET_VAN_DE" mode="label">Năng lực: Giải quyết vấn đề và sáng tạo</xsl:template>
  <xsl:template match="KET_QUA/NL_GIAI_QUYET_VAN_DE" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_NGON_NGU" mode="label">Năng lực: Ngôn ngữ</xsl:template>
  <xsl:template match="KET_QUA/NL_NGON_NGU" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_TINH_TOAN" mode="label">Năng lực: Tính toán</xsl:template>
  <xsl:template match="KET_QUA/NL_TINH_TOAN" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_KHOA_HOC" mode="label">Năng lực: Khoa học</xsl:template>
  <xsl:template match="KET_QUA/NL_KHOA_HOC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_CONG_NGHE" mode="label">Năng lực: Công nghệ</xsl:template>
  <xsl:template match="KET_QUA/NL_CONG_NGHE" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_TIN_HOC" mode="label">Năng lực: Tin học</xsl:template>
  <xsl:template match="KET_QUA/NL_TIN_HOC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_THAM_MI" mode="label">Năng lực: Thẩm mĩ</xsl:template>
  <xsl:template match="KET_QUA/NL_THAM_MI" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NL_THE_CHAT" mode="label">Năng lực: Thể chất</xsl:template>
  <xsl:template match="KET_QUA/NL_THE_CHAT" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/PC_YEU_NUOC" mode="label">Phẩm chất: Yêu nước</xsl:template>
  <xsl:template match="KET_QUA/PC_YEU_NUOC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/PC_NHAN_AI" mode="label">Phẩm chất: Nhân ái</xsl:template>
  <xsl:template match="KET_QUA/PC_NHAN_AI" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/PC_CHAM_CHI" mode="label">Phẩm chất: Chăm chỉ</xsl:template>
  <xsl:template match="KET_QUA/PC_CHAM_CHI" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/PC_TRUNG_THUC" mode="label">Phẩm chất: Trung thực</xsl:template>
  <xsl:template match="KET_QUA/PC_TRUNG_THUC" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/PC_TRACH_NHIEM" mode="label">Phẩm chất: Trách nhiệm</xsl:template>
  <xsl:template match="KET_QUA/PC_TRACH_NHIEM" mode="value"><xsl:choose><xsl:when test=". = 'T'">Tốt</xsl:when><xsl:when test=". = 'Đ'">Đạt</xsl:when><xsl:when test=". = 'C'">Cần cố gắng</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NHAN_XET_PHAM_CHAT" mode="label">Nhận xét phẩm chất</xsl:template>
  <xsl:template match="KET_QUA/NHAN_XET_NANG_LUC_CHUNG" mode="label">Nhận xét năng lực chung</xsl:template>
  <xsl:template match="KET_QUA/NHAN_XET_NANG_LUC_DAC_THU" mode="label">Nhận xét năng lực đặc thù</xsl:template>
  <xsl:template match="KET_QUA/CHIEU_CAO" mode="label">Chiều cao (cm)</xsl:template>
  <xsl:template match="KET_QUA/CAN_NANG" mode="label">Cân nặng (kg)</xsl:template>
  <xsl:template match="KET_QUA/NGHI_CO_PHEP" mode="label">Số buổi nghỉ có phép</xsl:template>
  <xsl:template match="KET_QUA/NGHI_KHONG_PHEP" mode="label">Số buổi nghỉ không phép</xsl:template>
  <xsl:template match="KET_QUA/XEP_LOAI" mode="label">Đánh giá kết quả giáo dục</xsl:template>
  <xsl:template match="KET_QUA/DUOC_LEN_LOP" mode="label">Được lên lớp</xsl:template>
  <xsl:template match="KET_QUA/DUOC_LEN_LOP" mode="value"><xsl:choose><xsl:when test=". = '0'">Không</xsl:when><xsl:when test=". = '1'">Có</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/HOAN_THANH_LOP_HOC" mode="label">Hoàn thành chương trình lớp học</xsl:template>
  <xsl:template match="KET_QUA/HOAN_THANH_LOP_HOC" mode="value"><xsl:choose><xsl:when test=". = '0'">Không</xsl:when><xsl:when test=". = '1'">Có</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/HOAN_THANH_TIEU_HOC" mode="label">Hoàn thành chương trình tiểu học</xsl:template>
  <xsl:template match="KET_QUA/HOAN_THANH_TIEU_HOC" mode="value"><xsl:choose><xsl:when test=". = '0'">Không</xsl:when><xsl:when test=". = '1'">Có</xsl:when></xsl:choose></xsl:template>
  <xsl:template match="KET_QUA/NOI_DUNG_HOAN_THANH" mode="label">Nội dung hoàn thành</xsl:template>
  <xsl:template match="KET_QUA/KHEN_THUONG" mode="label">Khen thưởng</xsl:template>
  <xsl:template match="KET_QUA/KHEN_THUONG_DOT_XUAT" mode="label">Khen thưởng đột xuất</xsl:template>
  <xsl:template match="KET_QUA/NHAN_XET_GVCN" mode="label">Nhận xét của giáo viên chủ nhiệm</xsl:template>
</xsl:stylesheet>
