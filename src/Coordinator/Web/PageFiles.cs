using System.IO.Compression;
using System.Text;
using FineWebTorch.Common;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Coordinator.Web;

/// <summary>The files of the page, which are in this program; compressed once.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "page/";
    private const string Index = "index.html";

    private readonly Dictionary<string, PageFile> _files;

    private PageFiles(Dictionary<string, PageFile> files) => _files = files;

    public static PageFiles Embedded { get; } = new(typeof(PageFiles).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(name => name[Prefix.Length..], PageFile.Read, StringComparer.Ordinal));

    /// <summary>What stands in the page itself, as a content security policy names it.</summary>
    /// <param name="element"><c>style</c> or <c>script</c>.</param>
    public string InlineSource(string element)
    {
        var (start, end) = ($"<{element}>", $"</{element}>");
        var page = _files.TryGetValue(Index, out var index) ? Encoding.UTF8.GetString(index.Content) : "";
        var from = page.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return from < start.Length
            ? ""
            : " " + Sha256.PolicySource(page[from..page.IndexOf(end, from, StringComparison.Ordinal)]);
    }

    /// <summary>Paths that are served to whoever asks: nothing of a run is in them.</summary>
    public IEnumerable<string> Paths => _files.Keys.Select(name => "/" + name);

    /// <param name="path">One of <see cref="Paths"/>, or <c>/</c>.</param>
    public async Task SendAsync(HttpContext context, string path)
    {
        if (!_files.TryGetValue(path == "/" ? Index : path[1..], out var file))
        {
            await PageJson.RefuseAsync(context, StatusCodes.Status404NotFound, "this program was built without its page");
            return;
        }

        var (request, response) = (context.Request, context.Response);
        (response.Headers.ETag, response.Headers.CacheControl, response.Headers.Vary) =
            (file.Tag, "no-cache", "Accept-Encoding");
        if (request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var takesBrotli = request.Headers.AcceptEncoding.ToString().Split(',', StringSplitOptions.TrimEntries).Contains("br");
        var content = takesBrotli ? file.Compressed.Value : file.Content;
        if (takesBrotli)
            response.Headers.ContentEncoding = "br";
        (response.ContentType, response.ContentLength) = (file.Type, content.Length);
        if (!HttpMethods.IsHead(request.Method))
            await response.Body.WriteAsync(content, context.RequestAborted);
    }

    private sealed record PageFile(byte[] Content, string Type, string Tag)
    {
        public Lazy<byte[]> Compressed { get; } = new(() =>
        {
            using var compressed = new MemoryStream();
            using (var brotli = new BrotliStream(compressed, CompressionLevel.SmallestSize))
                brotli.Write(Content);
            return compressed.ToArray();
        });

        public static PageFile Read(string resource)
        {
            using var content = new MemoryStream();
            typeof(PageFile).Assembly.GetManifestResourceStream(resource)!.CopyTo(content);
            var bytes = content.ToArray();
            return new PageFile(bytes, TypeOf(Path.GetExtension(resource)), $"\"{Sha256.Of(bytes)[..32]}\"");
        }

        private static string TypeOf(string extension) => extension switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml; charset=utf-8",
            _ => "application/octet-stream",
        };
    }
}
