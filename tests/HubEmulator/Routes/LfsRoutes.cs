using System.Globalization;
using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

/// <summary>Git LFS's batch API with the Hub's multipart transfer.</summary>
internal static class LfsRoutes
{
    private const string MediaType = "application/vnd.git-lfs+json";

    public static async Task BatchAsync(Exchange exchange)
    {
        var (kind, id, _) = ResolveRoutes.Split(exchange.Target);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        exchange.Entry.Branch = body["ref"]?["name"]?.GetValue<string>();
        var repository = Access.Write(exchange, kind, id, exchange.State.Options.ReadTokenUploads);
        var answers = new JsonArray();
        foreach (var one in body["objects"]!.AsArray())
            answers.Add(Describe(
                exchange.State, repository, one!["oid"]!.GetValue<string>(), one["size"]!.GetValue<long>()));
        await exchange.JsonAsync(
            new JsonObject { ["transfer"] = "multipart", ["objects"] = answers }, 200, MediaType).ConfigureAwait(false);
    }

    public static async Task VerifyAsync(Exchange exchange)
    {
        var (kind, id, _) = ResolveRoutes.Split(exchange.Target);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var repository = Access.Write(exchange, kind, id, exchange.State.Options.ReadTokenUploads);
        var file = new FileInfo(repository.LfsFile(body["oid"]!.GetValue<string>()));
        if (!file.Exists || file.Length != body["size"]!.GetValue<long>())
            throw new ApiException(404, null, "Object does not exist on the server");
        await exchange.JsonAsync(new JsonObject { ["message"] = "ok" }).ConfigureAwait(false);
    }

    public static async Task CompleteAsync(Exchange exchange)
    {
        var url = $"{exchange.State.HubUrl}{exchange.Target.RawPath}?uploadId={exchange.Query("uploadId")}";
        if (!exchange.State.Signatures.IsGood(url, exchange.Request.Query))
            throw new ApiException(403, null, "Request has expired");
        var upload = MultipartUpload.Open(exchange.State.Store.UploadFolder, exchange.Query("uploadId") ?? "");
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var parts = body["parts"]!.AsArray()
            .Select(part => (part!["partNumber"]!.GetValue<int>(), part["etag"]!.GetValue<string>())).ToList();
        var repository = exchange.State.Store.Find(upload.Kind, upload.Id) ?? throw ApiException.NoRepository();
        if (body["oid"]!.GetValue<string>() != upload.Oid)
            throw ApiException.BadRequest("oid does not match the upload");
        await upload.CompleteAsync(parts, whole => repository.Keep(whole, upload.Oid)).ConfigureAwait(false);
        await exchange.JsonAsync(new JsonObject { ["success"] = true }).ConfigureAwait(false);
    }

    private static JsonObject Describe(EmulatorState state, Repository repository, string oid, long size)
    {
        var answer = new JsonObject { ["oid"] = oid, ["size"] = size, ["authenticated"] = true };
        if (File.Exists(repository.LfsFile(oid)))
            return answer;
        var options = state.Options;
        var upload = size > options.MultipartThreshold
            ? Parts(state, repository, oid, size)
            : new JsonObject
            {
                ["href"] = state.Signatures.ForUpload(DataRoutes.ObjectUrl(state, repository, oid), options.UploadLife),
                ["header"] = new JsonObject(),
            };
        var verify = $"{state.HubUrl}/{repository.WebPath}.git/info/lfs/objects/verify";
        answer["actions"] = new JsonObject
        {
            ["upload"] = upload,
            ["verify"] = new JsonObject { ["href"] = verify, ["header"] = new JsonObject() },
        };
        return answer;
    }

    private static JsonObject Parts(EmulatorState state, Repository repository, string oid, long size)
    {
        var options = state.Options;
        var id = MultipartUpload.Start(
            state.Store.UploadFolder, repository.Kind, repository.Id, oid, size, options.ChunkSize);
        var header = new JsonObject { ["chunk_size"] = options.ChunkSize.ToString(CultureInfo.InvariantCulture) };
        for (var part = 1; (part - 1) * options.ChunkSize < size; part++)
        {
            var number = part.ToString("00000", CultureInfo.InvariantCulture);
            header[number] = state.Signatures.ForUpload(DataRoutes.PartUrl(state, id, number), options.UploadLife);
        }
        var complete = $"{state.HubUrl}/api/complete_multipart?uploadId={id}";
        return new JsonObject
        {
            ["href"] = state.Signatures.ForUpload(complete, options.UploadLife),
            ["header"] = header,
        };
    }
}
