using System.Globalization;
using System.Net;
using System.Text;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>Answers over HTTP as text: a status, lines of headers, an empty line, a body.</summary>
internal static class HubAnswers
{
    /// <summary>Whatever the bytes are; no status is 200.</summary>
    public static HttpResponseMessage Read(byte[] answer, HttpRequestMessage request)
    {
        var head = answer.AsSpan().IndexOf("\n\n"u8);
        var body = head < 0 ? [] : answer[(head + 2)..];
        var lines = Encoding.Latin1.GetString(answer, 0, head < 0 ? answer.Length : head).Split('\n');
        var isStatus = int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var status);
        var response = new HttpResponseMessage
        {
            StatusCode = isStatus && status is >= 100 and <= 999 ? (HttpStatusCode)status : HttpStatusCode.OK,
            RequestMessage = request,
            Content = new ByteArrayContent(body),
        };
        foreach (var line in lines.Skip(1))
        {
            if (line.Split(':', 2) is not [var name, var value])
                continue;
            // What HTTP itself does not let through never comes this far.
            value = string.Concat(value.Trim().Where(c => c is not ('\r' or '\0')));
            if (!response.Headers.TryAddWithoutValidation(name, value))
                response.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }
}
