// Model folders that ours and the peers can read: bert-base (weights by a formula) and edu-tiny, each with onnx/.
//   dotnet run -c Release --project bench/PeerModels -- FOLDER [GRAPH]
// FOLDER gets bert-base/ and edu-tiny/; GRAPH is an ONNX export of the former to be used instead of one made here.
using FineWebTorch.Model;
using FineWebTorch.PeerModels;
using FineWebTorch.Support;

if (args is not [var folder, .. { Length: < 2 } rest])
{
    await Console.Error.WriteLineAsync("usage: PeerModels FOLDER [GRAPH]");
    return 2;
}
var bertBase = Path.Combine(folder, "bert-base");
FormulaModel.Make(
    bertBase,
    TestData.Directory("models", "bert-base-formula", "config.json"), TestData.Directory("models", "minilm-edu"));
AddGraph(bertBase, rest.FirstOrDefault());

var eduTiny = Path.Combine(folder, "edu-tiny");
Directory.CreateDirectory(eduTiny);
foreach (var file in Directory.GetFiles(Path.Combine(TestData.RepositoryRoot, "weights", "edu-tiny")))
    if (!Path.Exists(Path.Combine(eduTiny, Path.GetFileName(file))))
        File.Copy(file, Path.Combine(eduTiny, Path.GetFileName(file)));
AddGraph(eduTiny, null);
return 0;

static void AddGraph(string model, string? export)
{
    const string weightsFile = "model.safetensors";
    var (weights, moved) = (Path.Combine(model, weightsFile), Path.Combine(model, "onnx", weightsFile));
    Directory.CreateDirectory(Path.Combine(model, "onnx"));
    if (!File.Exists(moved))
    {
        // ONNX Runtime refuses a link that leads out of the graph's folder, so that ours gets the link.
        File.Move(weights, moved);
        File.CreateSymbolicLink(weights, Path.Combine("onnx", weightsFile));
    }
    var path = Path.Combine(model, "onnx", "model.onnx");
    if (export is not null)
    {
        File.WriteAllBytes(path, File.ReadAllBytes(export));
        return;
    }
    var graph = new OnnxGraph(weightsFile, StoredTensor.In(moved));
    new BertGraph(graph, BertConfig.Load(model)).Build();
    graph.Write(path);
}
