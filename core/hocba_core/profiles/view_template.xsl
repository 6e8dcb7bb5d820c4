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
        <title>%TITLE% – <xsl:value-of select="$record/HOC_SINH/HO_VA_TEN"/> – <xsl:value-of select="$record/TEN_LOP"/></title>
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
            <h1>%TITLE%</h1>
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
%MADE%
</xsl:stylesheet>
